//! Korean and English.

use livemart_testing::{Shop, run};

use crate::reader::Reader;

#[test]
fn pages_speak_the_language_that_is_asked_for_until_another_is_chosen() {
    run(async {
        let shop = Shop::shared().await;
        let product = shop.product(15_900, 20).await;
        let reader = Reader::speaking(shop, "ko-KR,ko;q=0.9,en;q=0.5");
        let path = format!("/products/{product}");
        let page = reader.get(&path).await.expect(200);
        page.says("<html lang=\"ko\">").says("15,900원").says("장바구니에 담기").says("시험 상품");
        let page = reader.send("/language", &[("to", "en"), ("back", path.as_str())]).await.expect(200);
        assert_eq!(page.path, path);
        page.says("<html lang=\"en\">").says("₩15,900").says("Add to cart").says("Test product");
        reader.get("/nowhere").await.expect(404).says("There is no such page");
        let page = reader.send("/language", &[("to", "xx"), ("back", "https://evil.example")]).await.expect(200);
        assert_eq!(page.path, "/");
        page.says("<html lang=\"en\">");
    });
}
