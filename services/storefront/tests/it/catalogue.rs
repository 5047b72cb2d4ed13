//! What is for sale, found.

use livemart_testing::{Shop, eventually, run};
use serde_json::json;

use crate::reader::{Page, Reader};

/// A category of this test's own, with so many products in it.
async fn category(shop: &Shop, name: &str, prices: &[i64]) {
    let staff = shop.staff().await;
    for (place, price) in prices.iter().enumerate() {
        let product = json!({
            "sku": format!("{}-{place}", name.to_uppercase()),
            "name": { "ko": format!("{name} 상품 {place}"), "en": format!("{name} thing {place}") },
            "description": { "ko": "시험", "en": "test" },
            "category": name,
            "price": { "amount": price, "currency": "KRW" },
        });
        staff.api.post("/api/v1/products", &product).await.expect(201);
    }
}

async fn eventually_finds(reader: &Reader, path: &str, text: &str) -> Page {
    eventually("the search hearing of new products", async || {
        let page = reader.get(path).await;
        if page.text.contains(text) { Ok(page) } else { Err(page.text) }
    })
    .await
}

#[test]
fn a_category_is_listed_sorted_and_filtered() {
    run(async {
        let shop = Shop::shared().await;
        category(shop, "lanterns", &[3_000, 1_000, 2_000]).await;
        let reader = Reader::new(shop);
        let page = eventually_finds(&reader, "/?category=lanterns&sort=price", "3 products").await.expect(200);
        let places: Vec<_> = ["₩1,000", "₩2,000", "₩3,000"].iter().map(|price| page.text.find(price)).collect();
        assert!(places.is_sorted() && places[0].is_some(), "{places:?}");
        let page = reader.get("/?category=lanterns&min_price=1500&max_price=2500").await.expect(200);
        page.says("1 product<").says("₩2,000").says_not("₩3,000");
        // Forms send their empty fields too.
        reader.get("/?q=&category=lanterns&min_price=&max_price=&sort=").await.expect(200).says("3 products");
    });
}

#[test]
fn a_list_goes_on_where_the_page_before_it_ended() {
    run(async {
        let shop = Shop::shared().await;
        category(shop, "ropes", &(1..=30).map(|price| price * 1_000).collect::<Vec<_>>()).await;
        let reader = Reader::new(shop);
        let first = eventually_finds(&reader, "/?category=ropes&sort=price", "30 products").await;
        first.says("₩24,000").says_not("₩25,000");
        let next = first.text.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
        let next = next.expect("a next page").replace("&#38;", "&").replace("&amp;", "&");
        let second = reader.get(&next).await.expect(200);
        second.says("₩25,000").says("₩30,000").says_not("₩24,000").says("First page").says_not("Next page");
    });
}

#[test]
fn what_is_searched_for_wrongly_is_said_and_kept() {
    run(async {
        let shop = Shop::shared().await;
        let reader = Reader::new(shop);
        let page = reader.get("/?q=tent&min_price=cheap").await.expect(422);
        page.says("role=\"alert\"");
        assert_eq!((page.value("min_price"), page.value("q")), ("cheap".to_owned(), "tent".to_owned()));
        let nothing = reader.get("/?q=%3Cscript%3Ealert(1)%3C/script%3E").await.expect(200);
        nothing.says("Nothing is found").says_not("<script>alert");
        reader.get("/products/prd_01h455vb4pex5vsknk084sn02q").await.expect(404);
        reader.get("/nowhere").await.expect(404).says("There is no such page");
    });
}

#[test]
fn a_search_suggests_names() {
    run(async {
        let shop = Shop::shared().await;
        category(shop, "zeppelins", &[1_000]).await;
        let reader = Reader::new(shop);
        let page = eventually_finds(&reader, "/suggest?q=zepp", "zeppelins thing").await.expect(200);
        assert_eq!(page.headers["content-type"], "application/json");
        assert_eq!(reader.get("/suggest?q=").await.expect(200).text, "[]");
    });
}
