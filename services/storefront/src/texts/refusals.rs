//! What the API refuses, in one sentence.

use super::Locale;
use crate::api::{FieldError, Problem, Refusal};

impl Locale {
    /// Why it did not work. Codes that are not here are told in the words of the API, which are English.
    pub fn refusal(self, refusal: &Refusal) -> String {
        let Refusal::Refused { problem, .. } = refusal else { return self.words().error_away_text.to_owned() };
        match self.known(&problem.code) {
            Some(sentence) => sentence.to_owned(),
            None if refusal.is_outage() => self.words().error_away_text.to_owned(),
            None => in_its_own_words(problem),
        }
    }

    fn known(self, code: &str) -> Option<&'static str> {
        let (english, korean) = match code {
            "email-taken" => (
                "There is an account with this e-mail address already. Sign in, or take another address.",
                "이미 가입된 이메일입니다. 로그인하시거나 다른 이메일을 사용해 주세요.",
            ),
            "invalid-credentials" => {
                ("The e-mail address or the password is wrong.", "이메일 또는 비밀번호가 올바르지 않습니다.")
            }
            "account-blocked" => (
                "This account is blocked. Please ask the shop's staff.",
                "차단된 계정입니다. 고객센터에 문의해 주세요.",
            ),
            "too-many-attempts" => (
                "Too many attempts to sign in. Please wait a little before the next one.",
                "로그인 시도가 너무 많습니다. 잠시 후 다시 시도해 주세요.",
            ),
            "too-many-requests" | "too-many-streams-of-one" => (
                "That was a little too fast. Please try again in a moment.",
                "요청이 너무 많습니다. 잠시 후 다시 시도해 주세요.",
            ),
            "validation-failed" => (self.words().check_the_fields, self.words().check_the_fields),
            "too-many-addresses" => (
                "No more addresses can be kept; remove one first.",
                "배송지를 더 저장할 수 없습니다. 먼저 하나를 삭제해 주세요.",
            ),
            "cart-full" => ("The cart is full.", "장바구니가 가득 찼습니다."),
            "product-unavailable" | "unknown-product" => {
                ("This product is not sold any more.", "판매가 종료된 상품입니다.")
            }
            "no-total" => (
                "These products cannot be bought together; please order them one by one.",
                "함께 주문할 수 없는 상품이 있습니다. 따로 주문해 주세요.",
            ),
            "idempotency-key-reused" => (
                "This order was changed after it had been sent. Please start again from the cart.",
                "이미 보낸 주문이 변경되었습니다. 장바구니에서 다시 시작해 주세요.",
            ),
            "request-in-progress" => (
                "This is being done already. Please wait a moment and look again.",
                "이미 처리 중입니다. 잠시 후 다시 확인해 주세요.",
            ),
            "order-not-cancellable" => {
                ("This order cannot be cancelled any more.", "더 이상 취소할 수 없는 주문입니다.")
            }
            "order-not-fulfillable" => {
                ("This order is not at that step, or no longer.", "지금은 처리할 수 없는 주문입니다.")
            }
            "payment-not-refundable" => (
                "This payment cannot be refunded: nothing of it was taken.",
                "환불할 수 없는 결제입니다. 청구된 금액이 없습니다.",
            ),
            "refund-too-large" => ("That is more than what is left to give back.", "환불 가능한 금액을 넘었습니다."),
            "restock-too-large" => {
                ("That is more than what was bought and has not come back yet.", "반품 수량이 구매 수량을 넘었습니다.")
            }
            "stock-below-reserved" => {
                ("That would leave less than what is held for orders.", "주문에 확보된 수량보다 적어질 수 없습니다.")
            }
            "stock-too-large" => ("That would be more than a shelf can hold.", "보관할 수 있는 수량을 넘었습니다."),
            "sku-taken" => ("Another product has this item number.", "이미 사용 중인 상품 번호입니다."),
            "precondition-failed" => (
                "Somebody else has changed this product meanwhile. Look again at what it says now.",
                "그사이 다른 사람이 상품을 변경했습니다. 내용을 다시 확인해 주세요.",
            ),
            _ => return None,
        };
        Some(self.either(english, korean))
    }

    /// What is wrong with one field.
    pub fn field(self, error: &FieldError) -> String {
        let (english, korean) = match error.code.as_str() {
            "too-short" => ("Too short.", "너무 짧습니다."),
            "too-long" => ("Too long.", "너무 깁니다."),
            "guessable" => (
                "Too easy to guess: add a word or two that do not belong together.",
                "추측하기 쉽습니다. 서로 관련 없는 단어를 더해 주세요.",
            ),
            "length" | "required" => ("Please fill this in.", "입력해 주세요."),
            "invalid" => ("This does not look right.", "형식이 올바르지 않습니다."),
            "out-of-range" => ("This is out of range.", "범위를 벗어났습니다."),
            _ => return error.detail.clone(),
        };
        self.either(english, korean).to_owned()
    }
}

fn in_its_own_words(problem: &Problem) -> String {
    let mut letters = problem.detail.chars();
    let sentence: String = letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
    if sentence.is_empty() { problem.code.clone() } else { sentence + "." }
}
