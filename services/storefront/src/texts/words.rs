//! Texts that are always the same.

macro_rules! words {
    ($($name:ident: $english:literal, $korean:literal;)+) => {
        /// One field a text.
        #[derive(Debug)]
        pub struct Words {
            $(pub $name: &'static str,)+
        }

        pub(super) const ENGLISH: Words = Words { $($name: $english,)+ };
        pub(super) const KOREAN: Words = Words { $($name: $korean,)+ };
    };
}

words! {
    // Around every page.
    skip: "Skip to the content", "본문으로 건너뛰기";
    search: "Search", "검색";
    search_label: "Search for products", "상품 검색";
    search_hint: "Earbuds, tent, keyboard…", "이어폰, 텐트, 키보드…";
    suggestions: "Suggestions", "추천 검색어";
    your_pages: "Your pages", "내 메뉴";
    cart: "Cart", "장바구니";
    orders: "Orders", "주문 내역";
    inbox: "Inbox", "알림";
    account: "Account", "내 정보";
    sign_in: "Sign in", "로그인";
    sign_up: "Sign up", "회원 가입";
    sign_out: "Sign out", "로그아웃";
    language: "Language", "언어";
    footer: "LiveMart, a shop that stays correct while parts of it fail.", "LiveMart, 일부가 멈춰도 틀리지 않는 쇼핑몰.";
    pages: "Pages", "페이지";
    first_page: "First page", "첫 페이지";
    next_page: "Next page", "다음 페이지";
    to_the_shop: "To the shop", "쇼핑하러 가기";
    try_again: "Try again", "다시 시도";

    // Catalogue and product.
    all_products: "All products", "전체 상품";
    filters: "Filters", "필터";
    categories: "Categories", "카테고리";
    all_categories: "All", "전체";
    price: "Price", "가격";
    from_price: "From ₩", "최저 ₩";
    to_price: "To ₩", "최고 ₩";
    in_stock_only: "In stock only", "재고 있는 상품만";
    sort_by: "Sort by", "정렬";
    sort_relevance: "Relevance", "관련도순";
    sort_newest: "Newest", "최신순";
    sort_cheapest: "Price, low to high", "낮은 가격순";
    sort_dearest: "Price, high to low", "높은 가격순";
    sort_name: "Name", "이름순";
    apply: "Apply", "적용";
    nothing_found: "Nothing is found. Try fewer words or filters.", "검색 결과가 없습니다. 검색어나 필터를 줄여 보세요.";
    in_stock: "In stock", "재고 있음";
    sold_out: "Sold out", "품절";
    quantity: "Quantity", "수량";
    add_to_cart: "Add to cart", "장바구니에 담기";
    sku: "Item no.", "상품 번호";

    // Accounts.
    email: "E-mail", "이메일";
    password: "Password", "비밀번호";
    name: "Name", "이름";
    no_account_yet: "No account yet?", "아직 회원이 아니신가요?";
    have_an_account: "Have an account?", "이미 회원이신가요?";
    addresses: "Addresses", "배송지";
    no_addresses: "No address is kept yet.", "저장된 배송지가 없습니다.";
    add_address: "Add address", "배송지 추가";
    recipient: "Recipient", "받는 사람";
    line1: "Street and number", "주소";
    line2: "More of the address (optional)", "상세 주소 (선택)";
    city: "City", "도시";
    postal_code: "Postal code", "우편번호";
    country: "Country (two letters)", "국가 코드 (두 글자)";

    // Cart and checkout.
    product: "Product", "상품";
    unit_price: "Each", "단가";
    sum: "Sum", "금액";
    total: "Total", "합계";
    change: "Change", "변경";
    remove: "Remove", "삭제";
    cart_is_empty: "The cart is empty.", "장바구니가 비어 있습니다.";
    cart_has_unavailable: "Remove what is not sold any more, then check out.", "판매가 끝난 상품을 삭제한 뒤 주문해 주세요.";
    not_sold: "Not sold any more", "판매 종료";
    checkout: "Checkout", "주문하기";
    you_buy: "You buy", "주문 상품";
    deliver_to: "Deliver to", "배송지";
    another_address: "Another address", "다른 배송지";
    keep_address: "Keep this address", "이 배송지 저장";
    pay_with: "Pay with", "결제 수단";
    sandbox: "This shop takes no real money: each card shows what may happen with one.", "실제 결제는 이루어지지 않습니다. 카드마다 다른 상황을 보여 줍니다.";
    buy: "Buy now", "결제하기";
    prices_changed: "Prices or products have changed meanwhile. Look again, then buy.", "그사이 가격이나 상품이 바뀌었습니다. 확인 후 다시 결제해 주세요.";

    wrong_quantity: "A quantity is a whole number from 1 to 1,000.", "수량은 1부터 1,000까지의 정수입니다.";
    wrong_card: "Please choose how to pay.", "결제 수단을 선택해 주세요.";

    // Orders.
    order: "Your order", "주문 상세";
    steps: "What has happened", "진행 상황";
    status: "Status", "상태";
    payment: "Payment", "결제";
    reason: "Reason", "사유";
    cancel_order: "Cancel the order", "주문 취소";
    you_bought: "You bought", "주문한 상품";
    all_orders: "All orders", "전체 주문 내역";
    ordered_at: "Ordered", "주문 일시";
    no_orders: "Nothing is ordered yet.", "주문 내역이 없습니다.";
    step_done: "done", "완료";
    step_current: "happening now", "진행 중";
    step_waiting: "not yet", "대기";
    step_failed: "failed", "실패";
    step_undone: "undone", "되돌림";

    // Inbox.
    inbox_is_empty: "Nothing has been said yet.", "알림이 없습니다.";
    mark_read: "Mark as read", "읽음으로 표시";

    // What was done.
    note_added: "Added to the cart.", "장바구니에 담았습니다.";
    note_changed: "Changed.", "변경했습니다.";
    note_removed: "Removed.", "삭제했습니다.";
    note_saved: "Saved.", "저장했습니다.";
    note_cancelled: "The order is cancelled; money and goods go back.", "주문을 취소했습니다. 결제 금액과 상품은 되돌려집니다.";
    note_welcome: "Welcome!", "환영합니다!";
    note_shipped: "The order is marked as shipped.", "출고 처리했습니다.";
    note_delivered: "The order is marked as delivered.", "배송 완료 처리했습니다.";
    note_refunded: "The refund is on its way.", "환불을 접수했습니다.";
    note_adjusted: "The stock is adjusted.", "재고를 조정했습니다.";
    note_off_sale: "The product is off sale.", "판매를 종료했습니다.";

    // What went wrong.
    error_not_found: "There is no such page", "페이지를 찾을 수 없습니다";
    error_not_found_text: "The address may be mistyped, or what was here is gone.", "주소가 잘못되었거나 더 이상 존재하지 않습니다.";
    error_away: "The shop does not answer right now", "지금은 쇼핑몰에 연결할 수 없습니다";
    error_away_text: "This passes by itself. Your cart and your orders are safe; try again in a moment.", "잠시 후 다시 시도해 주세요. 장바구니와 주문은 안전합니다.";
    error_refused: "This did not work", "처리하지 못했습니다";
    error_forbidden: "This page is for the shop's staff", "직원 전용 페이지입니다";
    error_forbidden_text: "Sign in with an account of the staff to see it.", "직원 계정으로 로그인해 주세요.";
    error_foreign: "That came from another site", "다른 사이트에서 온 요청입니다";
    error_foreign_text: "For your safety the shop takes forms from its own pages only. Go back to the page and send it again.", "안전을 위해 쇼핑몰 안에서 보낸 요청만 처리합니다. 페이지로 돌아가 다시 시도해 주세요.";
    check_the_fields: "Some of what you entered cannot be taken; see below.", "입력하신 내용을 확인해 주세요.";

    // Staff.
    staff: "Staff", "직원";
    staff_pages: "Pages of the staff", "직원 메뉴";
    staff_orders: "Orders to fulfil", "주문 처리";
    staff_stock: "Stock", "재고";
    staff_figures: "Figures", "통계";
    staff_new_product: "New product", "상품 등록";
    edit_product: "Edit product", "상품 수정";
    to_ship: "To ship", "출고 대기";
    to_deliver: "On their way", "배송 중";
    order_number: "Order number", "주문 번호";
    open: "Open", "열기";
    nothing_waits: "Nothing waits here.", "처리할 주문이 없습니다.";
    no_such_order: "There is no order of this number.", "해당 주문이 없습니다.";
    goods: "Goods", "상품";
    next_step: "Next step", "다음 단계";
    ship: "Mark as shipped", "출고 처리";
    deliver: "Mark as delivered", "배송 완료 처리";
    staff_order: "Order of a customer", "고객 주문";
    taken: "Taken", "청구 금액";
    given_back: "Given back", "환불 금액";
    refunds: "Refunds", "환불 내역";
    give_back: "Refund", "환불하기";
    amount_left: "Amount", "환불 금액";
    all_of_it: "all that is left", "남은 금액 전체";
    came_back: "Goods that came back to the shelf", "재고로 돌아온 상품";
    wrong_amount: "An amount of this currency, such as 15,900.", "금액을 숫자로 입력해 주세요. 예: 15,900";
    wrong_number: "A whole number, such as 20 or -3.", "정수를 입력해 주세요. 예: 20, -3";
    available: "Available", "판매 가능";
    on_hand: "On hand", "보유 수량";
    held: "Held for orders", "주문 확보";
    adjust: "Adjust", "조정하기";
    delta: "Pieces more, or less with a minus", "증감 수량 (감소는 -)";
    ledger: "Ledger", "입출고 내역";
    time: "Time", "일시";
    movement: "Movement", "구분";
    last_days: "The last 14 days, by UTC.", "최근 14일 (UTC 기준)";
    net_by_day: "Net sales by day", "일별 순매출";
    as_a_table: "As a table", "표로 보기";
    day: "Day", "날짜";
    net: "Net", "순매출";
    gross: "Gross", "총매출";
    orders_placed: "Orders", "주문 수";
    orders_failed: "Failed", "실패";
    orders_cancelled: "Cancelled", "취소";
    funnel: "How far orders come", "주문 단계별 현황";
    share: "Share", "비율";
    durations: "How long steps take", "단계별 소요 시간";
    step: "Step", "단계";
    name_ko: "Name, in Korean", "상품명 (한국어)";
    name_en: "Name, in English", "상품명 (영어)";
    description_ko: "Description, in Korean", "설명 (한국어)";
    description_en: "Description, in English", "설명 (영어)";
    category: "Category", "카테고리";
    currency: "Currency", "통화";
    save: "Save", "저장";
    off_sale: "Take off sale", "판매 종료";
}
