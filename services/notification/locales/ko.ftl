# 사람들에게 알리는 내용. 종류마다 제목과 본문이 있고, 중괄호 자리는 채워진다.

welcome-title = LiveMart에 오신 것을 환영합니다
welcome-text = 회원 가입이 완료되었습니다. 주문에 변동이 있으면 알려 드리겠습니다.

order-confirmed-title = 주문이 확정되었습니다
order-confirmed-text = 주문 { $order } 건이 확정되어 상품을 준비하고 있습니다.

order-failed-title = 주문을 완료하지 못했습니다
order-failed-text =
    주문 { $order } 건이 완료되지 않았으며 결제되지 않았습니다. 사유: { $failure ->
        [payment-declined] 결제가 거절되었습니다.
        [out-of-stock] 주문하신 상품의 재고가 부족합니다.
       *[timed-out] 처리 시간이 초과되었습니다.
    }

order-cancelled-title = 주문이 취소되었습니다
order-cancelled-text = 주문 { $order } 건이 취소되었습니다. 결제하신 금액은 환불됩니다.

order-shipped-title = 상품이 출고되었습니다
order-shipped-text = 주문 { $order } 건의 상품이 출고되었습니다.

order-delivered-title = 상품이 배송되었습니다
order-delivered-text = 주문 { $order } 건의 배송이 완료되었습니다. 마음에 드시길 바랍니다.

payment-refunded-title = 환불되었습니다
payment-refunded-text = 주문 { $order } 건에 대해 { $amount }을(를) 환불했습니다.

stock-low-title = 재고가 얼마 남지 않았습니다
stock-low-text = 상품 { $product }의 판매 가능 수량이 { $available }개입니다.

webhook-endpoint-disabled-title = 웹훅 수신처가 중지되었습니다
webhook-endpoint-disabled-text = 웹훅 수신처 { $endpoint }(으)로 더 이상 전송하지 않습니다. 수신처가 없어졌거나 여러 날 동안 수신하지 못했습니다.

# 메일 본문의 앞뒤.
mail-greeting = { $name }님, 안녕하세요.
mail-greeting-staff = 안녕하세요.
mail-closing = LiveMart 드림
