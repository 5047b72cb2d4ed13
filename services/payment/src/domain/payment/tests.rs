use livemart_contracts::Clock;
use livemart_contracts::money::Currency;

use super::*;

const AMOUNT: i64 = 15_900;

fn pending() -> Payment {
    let clock = Clock::default();
    let order = OrderCreated {
        order_id: clock.new_id(),
        customer_id: clock.new_id(),
        lines: Vec::new(),
        total: Money::new(AMOUNT, Currency::KRW),
        payment_method: "pm_card_visa".to_owned(),
        expires_at: clock.now(),
    };
    Payment::pending(clock.new_id(), &order)
}

/// A provider that carries out what a payment asks for, and what it held, took and gave back by then.
#[derive(Debug, Default, PartialEq, Eq)]
struct Provider {
    held: i64,
    taken: i64,
    waiting: Vec<Consequence>,
}

impl Provider {
    fn hear(&mut self, step: Step) {
        let Ok(Transition::Changed(consequences)) = step else { return };
        let calls = [Consequence::Capture, Consequence::Void];
        self.waiting.extend(
            consequences.into_iter().filter(|next| calls.contains(next) || matches!(next, Consequence::Refund(_))),
        );
    }

    fn answer_one(&mut self, payment: &mut Payment) {
        let Some(call) = self.waiting.pop() else { return };
        let step = match call {
            Consequence::Capture => {
                assert_eq!(self.held, AMOUNT, "captures what is held");
                (self.held, self.taken) = (0, AMOUNT);
                payment.captured(AMOUNT)
            }
            Consequence::Void => {
                assert_eq!(self.held, AMOUNT, "voids what is held");
                self.held = 0;
                payment.voided()
            }
            Consequence::Refund(amount) => {
                self.taken -= amount;
                assert!(self.taken >= 0, "gives back what was taken");
                payment.refunded(amount)
            }
            other => unreachable!("{other:?} is no call"),
        };
        self.hear(step);
    }
}

/// Every order in which an authorisation, a confirmation, an end, their duplicates and the provider's answers can
/// arrive leaves the money where the order's fate wants it.
#[test]
fn money_follows_the_orders_fate_in_every_order_of_arrival() {
    const KINDS: u32 = 4;
    const LENGTH: u32 = 7;
    for code in 0..KINDS.pow(LENGTH) {
        let (mut payment, mut provider) = (pending(), Provider::default());
        let (mut confirmed, mut over) = (false, false);
        let mut rest = code;
        for _ in 0..LENGTH {
            match rest % KINDS {
                0 => {
                    if matches!(payment.status, Status::Pending | Status::Unknown) {
                        provider.held = AMOUNT;
                    }
                    let step = payment.authorized("hold");
                    provider.hear(step);
                }
                // The order service confirms what is authorised, and nothing after its end.
                1 if payment.status == Status::Authorized && !over || confirmed => {
                    confirmed = true;
                    let step = payment.order_confirmed();
                    provider.hear(step);
                }
                2 => {
                    over = true;
                    let step = payment.order_over();
                    provider.hear(step);
                }
                3 => provider.answer_one(&mut payment),
                _ => {}
            }
            rest /= KINDS;
        }
        while !provider.waiting.is_empty() {
            provider.answer_one(&mut payment);
        }
        let wanted = match (over, confirmed, payment.status) {
            (true, ..) => (0, 0),
            (false, true, _) => (0, AMOUNT),
            (false, false, Status::Pending) => (0, 0),
            (false, false, _) => (AMOUNT, 0),
        };
        assert_eq!((provider.held, provider.taken), wanted, "sequence {code}: {payment:?}");
        assert_eq!(payment.captured - payment.refunded, provider.taken, "sequence {code}: {payment:?}");
    }
}

#[test]
fn a_late_hold_of_an_order_that_is_over_is_voided_and_not_announced() {
    let mut payment = pending();
    assert_eq!(payment.unknown(), changed([]));
    assert_eq!(payment.order_over(), changed([]));
    assert_eq!(payment.authorized("hold"), changed([Consequence::Void]));
    assert_eq!(payment.voided(), changed([Consequence::AnnounceVoided]));
}

#[test]
fn a_confirmation_before_the_hold_is_early_and_after_the_end_refused() {
    let mut payment = pending();
    assert_eq!(payment.order_confirmed(), Err(Refused::Early));
    let _ = payment.authorized("hold");
    let _ = payment.order_over();
    assert_eq!(payment.order_confirmed(), Err(Refused::Never(Status::Authorized)));
}

#[test]
fn a_look_up_answers_what_was_asked_for_and_nothing_else() {
    let held = Amounts { held: AMOUNT, ..Amounts::default() };
    let captured = Amounts { captured: AMOUNT, ..Amounts::default() };
    let released = Amounts { released: AMOUNT, ..Amounts::default() };

    let mut payment = pending();
    let _ = payment.unknown();
    assert_eq!(payment.looked_up("hold", &held), changed([Consequence::AnnounceAuthorized]));
    assert_eq!(payment.looked_up("hold", &held), Ok(Transition::Unchanged), "heard twice");
    for unasked in [captured, released] {
        assert_eq!(payment.looked_up("hold", &unasked), Ok(Transition::Unchanged), "nobody asked for it");
    }
    let mut over = payment.clone();
    let _ = payment.order_confirmed();
    assert_eq!(payment.looked_up("hold", &captured), changed([Consequence::AnnounceCaptured]));
    let refunded = Amounts { refunded: AMOUNT, ..captured };
    assert_eq!(payment.looked_up("hold", &refunded), Ok(Transition::Unchanged));
    assert_eq!(payment.amounts(), captured);

    let _ = over.order_over();
    assert_eq!(over.looked_up("hold", &released), changed([Consequence::AnnounceVoided]));
    assert_eq!(over.amounts(), released);
}

fn won(amount: i64) -> Option<Money> {
    Some(Money::new(amount, Currency::KRW))
}

#[test]
fn no_more_is_refunded_than_was_captured_and_nothing_is_promised_twice() {
    let mut payment = Payment { status: Status::Captured, captured: 100, ..pending() };
    assert_eq!(payment.ask_refund(won(60)).ok(), won(60));
    let too_much = NotRefundable::TooMuch { captured: 100, refundable: 40 };
    assert_eq!(payment.ask_refund(won(41)), Err(too_much));
    assert_eq!(payment.ask_refund(None).ok(), won(40), "all that is left");
    assert_eq!(payment.refunded(60), changed([Consequence::AnnounceRefunded(60)]));
    assert_eq!(payment.status, Status::PartiallyRefunded);
    assert_eq!(payment.refunded(60), Err(Refused::Never(Status::PartiallyRefunded)));
    assert_eq!(payment.refunded(40), changed([Consequence::AnnounceRefunded(40)]));
    assert_eq!(payment.status, Status::Refunded);
    assert_eq!(payment.ask_refund(None), Err(NotRefundable::TooMuch { captured: 100, refundable: 0 }));
}

#[test]
fn the_end_of_an_order_gives_back_what_the_staff_did_not() {
    let mut payment = Payment { status: Status::Captured, captured: 100, ..pending() };
    assert_eq!(payment.ask_refund(won(30)).ok(), won(30));
    assert_eq!(payment.order_over(), changed([Consequence::Refund(70)]));
    assert_eq!(payment.ask_refund(won(1)), Err(NotRefundable::NothingTaken), "it goes back by itself");
    assert_eq!(payment.refunded(70), changed([Consequence::AnnounceRefunded(70)]));
    assert_eq!(payment.refunded(30), changed([Consequence::AnnounceRefunded(30)]));
    assert_eq!(payment.status, Status::Refunded);

    let mut all = Payment { status: Status::Captured, captured: 100, ..pending() };
    assert_eq!(all.ask_refund(None).ok(), won(100));
    assert_eq!(all.order_over(), changed([]), "all of it is on its way");
}

#[test]
fn what_was_not_taken_cannot_be_given_back_nor_in_another_currency() {
    for status in [Status::Pending, Status::Unknown, Status::Authorized, Status::Voided, Status::Failed] {
        let mut payment = Payment { status, ..pending() };
        assert_eq!(payment.ask_refund(won(1)), Err(NotRefundable::NothingTaken), "{status}");
    }
    let mut payment = Payment { status: Status::Captured, captured: 100, ..pending() };
    let dollar = Some(Money::new(1, Currency::USD));
    assert!(matches!(payment.ask_refund(dollar), Err(NotRefundable::OtherCurrency { .. })));
    assert_eq!(payment.refunding, 0);
}
