//! Texts that depend on a number, or on what the API calls something.

use super::Locale;

impl Locale {
    /// How many products are found.
    pub fn found(self, total: u64) -> String {
        match self {
            Self::En if total == 1 => "1 product".to_owned(),
            Self::En => format!("{total} products"),
            Self::Ko => format!("상품 {total}개"),
        }
    }

    pub fn results_for(self, q: &str) -> String {
        match self {
            Self::En => format!("Results for “{q}”"),
            Self::Ko => format!("“{q}” 검색 결과"),
        }
    }

    pub fn only_left(self, pieces: i64) -> String {
        match self {
            Self::En => format!("Only {pieces} left"),
            Self::Ko => format!("{pieces}개 남음"),
        }
    }

    /// The first of an order's products, and how many others.
    pub fn and_others(self, first: &str, others: usize) -> String {
        match self {
            _ if others == 0 => first.to_owned(),
            Self::En => format!("{first} and {others} more"),
            Self::Ko => format!("{first} 외 {others}건"),
        }
    }

    /// An order's status.
    pub fn status(self, status: &str) -> &str {
        let (english, korean) = match status {
            "pending" => ("In progress", "처리 중"),
            "confirmed" => ("Confirmed", "주문 확정"),
            "shipped" => ("Shipped", "출고 완료"),
            "delivered" => ("Delivered", "배송 완료"),
            "failed" => ("Failed", "실패"),
            "cancelled" => ("Cancelled", "취소됨"),
            other => (other, other),
        };
        self.either(english, korean)
    }

    pub fn payment_status(self, status: &str) -> &str {
        let (english, korean) = match status {
            "pending" => ("Being asked for", "결제 요청 중"),
            "unknown" => ("The provider has not answered yet", "결제사 응답 대기 중"),
            "authorized" => ("Held on the card, not taken yet", "카드 승인 (청구 전)"),
            "captured" => ("Paid", "결제 완료"),
            "partially_refunded" => ("Paid, partly refunded", "부분 환불"),
            "refunded" => ("Refunded", "환불 완료"),
            "voided" => ("Released, nothing was taken", "승인 취소 (청구되지 않음)"),
            "failed" => ("Declined, nothing was taken", "결제 거절 (청구되지 않음)"),
            other => (other, other),
        };
        self.either(english, korean)
    }

    /// Why an order failed.
    pub fn failure(self, code: &str) -> &str {
        let (english, korean) = match code {
            "payment-declined" => ("The card was declined.", "카드 결제가 거절되었습니다."),
            "out-of-stock" => ("Not enough of it is in stock.", "재고가 부족합니다."),
            "timed-out" => ("It could not be decided in time.", "제한 시간 안에 처리되지 않았습니다."),
            other => (other, other),
        };
        self.either(english, korean)
    }

    /// A step of the saga, by its name in [`crate::progress`].
    pub fn step(self, step: &'static str) -> &'static str {
        let (english, korean) = match step {
            "placed" => ("Ordered", "주문 접수"),
            "held" => ("Money held", "결제 승인"),
            "declined" => ("Card declined", "결제 거절"),
            "reserved" => ("Goods reserved", "재고 확보"),
            "short" => ("Out of stock", "재고 부족"),
            "confirmed" => ("Confirmed", "주문 확정"),
            "paid" => ("Paid", "결제 완료"),
            "shipped" => ("Shipped", "출고"),
            "delivered" => ("Delivered", "배송 완료"),
            "failed" => ("Order failed", "주문 실패"),
            "cancelled" => ("Cancelled", "주문 취소"),
            "released" => ("Hold released", "승인 취소"),
            "refunded" => ("Money back", "환불"),
            other => (other, other),
        };
        self.either(english, korean)
    }

    /// What a card of the sandbox provider is called, and what it does.
    pub fn card(self, method: &'static str) -> (&'static str, &'static str) {
        let (english, korean) = match method {
            "pm_card_visa" => (("Visa", "pays"), ("Visa", "결제됩니다")),
            "pm_card_declined" => {
                (("Declined card", "is refused; the order fails"), ("거절 카드", "거절되어 주문이 실패합니다"))
            }
            "pm_card_insufficient_funds" => (
                ("Empty account", "has not enough money; the order fails"),
                ("잔액 부족", "잔액이 부족해 주문이 실패합니다"),
            ),
            "pm_card_slow" => (("Slow card", "pays after three seconds"), ("느린 카드", "3초 뒤에 결제됩니다")),
            "pm_card_timeout" => (
                ("Silent bank", "never answers, yet holds the money until the shop finds out"),
                ("무응답 은행", "응답하지 않지만 금액을 승인해 두며, 쇼핑몰이 나중에 알아냅니다"),
            ),
            "pm_card_flaky" => {
                (("Flaky bank", "fails twice, then pays"), ("불안정한 은행", "두 번 실패한 뒤 결제됩니다"))
            }
            other => ((other, ""), (other, "")),
        };
        match self {
            Self::En => english,
            Self::Ko => korean,
        }
    }

    /// Of a refund.
    pub fn refund_status(self, status: &str) -> String {
        match status {
            "pending" => self.either("Under way", "처리 중").to_owned(),
            "succeeded" => self.either("Done", "완료").to_owned(),
            other => other.to_owned(),
        }
    }

    /// A kind of movement in the inventory's ledger.
    pub fn movement(self, kind: &str) -> String {
        match kind {
            "adjustment" => self.either("Adjusted", "조정").to_owned(),
            "reserve" => self.either("Held for an order", "주문 확보").to_owned(),
            "commit" => self.either("Sold", "판매").to_owned(),
            "release" => self.either("No longer held", "확보 해제").to_owned(),
            "restock" => self.either("Came back", "재입고").to_owned(),
            other => other.to_owned(),
        }
    }

    /// How many products of how many are listed.
    pub fn lowest_of(self, shown: usize, total: u64) -> String {
        match self {
            Self::En => format!("{shown} of {total} products, those with the least first"),
            Self::Ko => format!("상품 {total}개 중 {shown}개, 재고가 적은 순"),
        }
    }

    /// What is said once on the page after something was done.
    pub fn note(self, name: &str) -> Option<&'static str> {
        let words = self.words();
        Some(match name {
            "added" => words.note_added,
            "changed" => words.note_changed,
            "removed" => words.note_removed,
            "saved" => words.note_saved,
            "cancelled" => words.note_cancelled,
            "welcome" => words.note_welcome,
            "shipped" => words.note_shipped,
            "delivered" => words.note_delivered,
            "refunded" => words.note_refunded,
            "adjusted" => words.note_adjusted,
            "off-sale" => words.note_off_sale,
            _ => return None,
        })
    }

    pub(super) const fn either<'a>(self, english: &'a str, korean: &'a str) -> &'a str {
        match self {
            Self::En => english,
            Self::Ko => korean,
        }
    }
}
