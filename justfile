# What one does with LiveMart. Every recipe is a thin call; `livemart help` knows all the options.

target := env("CARGO_TARGET_DIR", justfile_directory() / "target")
livemart := quote(target / "release/livemart")

# lists the recipes
@default:
    just --justfile {{ quote(justfile()) }} --list

# builds and starts the shop, and follows its logs (--detach: in the background, --replicas N)
[no-exit-message]
[positional-arguments]
@up *options: build
    {{ livemart }} up "$@"

# stops the shop; its data stays
[no-exit-message]
[positional-arguments]
@down *options: built
    {{ livemart }} down "$@"

# stops the shop and drops its data
[no-exit-message]
[positional-arguments]
@reset *options: built
    {{ livemart }} reset "$@"

# shows what runs (--json: for programs)
[no-exit-message]
[positional-arguments]
@status *options: built
    {{ livemart }} status "$@"

# prints addresses and demo accounts as shell variables: eval "$(just env)"
[no-exit-message]
@env: built
    {{ livemart }} env

# shows the logs, of one service or of all (--follow)
[no-exit-message]
[positional-arguments]
@logs *options: built
    {{ livemart }} logs "$@"

# shows the whole saga of an order: just timeline ORDER (--json, --follow)
[no-exit-message]
[positional-arguments]
@timeline *options: built
    {{ livemart }} timeline "$@"

# the configuration of services that run: just config ls [SERVICE] | set KEY VALUE | unset KEY (--json)
[no-exit-message]
[positional-arguments]
@config *options: built
    {{ livemart }} config "$@"

# messages that a consumer gave up on: just dlq ls | show | retry | discard
[no-exit-message]
[positional-arguments]
@dlq *options: built
    {{ livemart }} dlq "$@"

# lists orders that wait longer than their step allows (--json)
[no-exit-message]
[positional-arguments]
@stuck *options: built
    {{ livemart }} sagas stuck "$@"

# checks money, goods, orders, streams and inboxes of the whole shop (--json, --every-message, --listen ADDRESS)
[no-exit-message]
[positional-arguments]
@audit *options: built
    {{ livemart }} audit "$@"

# compares our payments with the provider's books (--hours N, --since TIME, --json)
[no-exit-message]
[positional-arguments]
@reconcile *options: built
    {{ livemart }} reconcile "$@"

# breaks a private shop under load, and proves that nothing went missing: just drill [NAME... | all] (--json, --seed N)
[no-exit-message]
[positional-arguments]
@drill *options: built
    {{ livemart }} drill "$@"

# asks a private shop for everything that its contract names, in good and bad ways (--examples N, --seed N)
[no-exit-message]
[positional-arguments]
@fuzz *options: build
    {{ livemart }} fuzz "$@"

# compares a stream with its outbox and fills in what it lost: just rebuild-stream ORDERS (--yes, --json)
[no-exit-message]
[positional-arguments]
@rebuild-stream *options: built
    {{ livemart }} rebuild-stream "$@"

# makes a projection anew from its events and compares: just replay order-catalogue (--from, --yes, --json)
[no-exit-message]
[positional-arguments]
@replay *options: built
    {{ livemart }} replay "$@"

# writes the secrets of k8s/overlays/local, those that are missing
[no-exit-message]
@k8s-secrets: built
    {{ livemart }} k8s-secrets

# everything that must pass, against real servers
test:
    cargo build --workspace --bins
    {{ quote(target / "debug/livemart") }} install
    cargo test --workspace --no-fail-fast

# measures orders a second, latency, cost, memory (--quick, --json, parts by name: just bench saga http)
[no-exit-message]
[positional-arguments]
@bench *options: build
    {{ livemart }} bench "$@"

# runs sagas in memory under random faults (--seed N --log: replays one shop, --sagas N, --seconds S)
[no-exit-message]
[positional-arguments]
@simulate *options:
    cargo run --quiet --release --package livemart-streams -- simulate "$@"

# what a reviewer should not have to say
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items

# licences, advisories, dependencies that nobody uses, spelling
supply-chain:
    @missing=$(for crate in cargo-deny cargo-machete typos-cli; do command -v "${crate%-cli}" >/dev/null || printf ' %s' "$crate"; done); \
      test -z "$missing" || { echo "missing tools: cargo install --locked$missing" >&2; exit 1; }
    cargo deny check
    cargo machete
    typos

# all that a change must pass before it is merged
ci: test check supply-chain fuzz

# writes what is generated from the services: permissions, catalogue, schemas
generate:
    cargo build --workspace --bins
    cargo run --package livemart-streams

[private]
build:
    cargo build --release --workspace --bins

# For recipes that ask or stop a shop: they must answer at once, and also while the code is broken.
[private]
@built:
    test -x {{ livemart }} || cargo build --release --workspace --bins
