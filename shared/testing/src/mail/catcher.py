"""A mail server that keeps what it is given: real SMTP for tests, on aiosmtpd.

Prints its port, then puts each mail into a file of the directory that is its argument. What it says to a recipient is
in the local part of the address:

    refused-*  550, whenever it is tried
    busy-*     451 the first time
"""

import asyncio
import itertools
import pathlib
import sys

from aiosmtpd.controller import UnthreadedController


class Catcher:
    def __init__(self, directory):
        self.directory = directory
        self.numbers = itertools.count(1)
        self.sent_away = set()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("refused-"):
            return f"550 5.1.1 <{address}>: no such mailbox"
        if address.startswith("busy-") and address not in self.sent_away:
            self.sent_away.add(address)
            return "451 4.3.2 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = f"{next(self.numbers):06}"
        written = self.directory / f"{name}.part"
        written.write_bytes(envelope.content)
        # Whole, or not there.
        written.rename(self.directory / f"{name}.eml")
        return "250 taken"


def main():
    loop = asyncio.new_event_loop()
    catcher = Catcher(pathlib.Path(sys.argv[1]))
    controller = UnthreadedController(catcher, hostname="127.0.0.1", port=0, loop=loop)
    controller.begin()
    # Ends with whoever started it.
    loop.add_reader(sys.stdin, loop.stop)
    print(controller.server.sockets[0].getsockname()[1], flush=True)
    loop.run_forever()


main()
