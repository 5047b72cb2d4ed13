//! What is found, and what comes first, over a few products.

use livemart_contracts::events::LocalizedText;
use livemart_contracts::money::Currency;
use livemart_contracts::{Clock, Money, ProductId};

use super::index::{self, Indexer, Searcher};
use super::*;
use crate::domain::{Details, Draft, Product};
use crate::store::changes::{Change, Position};
use crate::store::{Offer, Revision};

/// SKU, names, description, category.
const PRODUCTS: [(&str, &str, &str, &str, &str); 13] = [
    ("EAR-1", "무선 이어폰", "Wireless Earphones", "운동할 때 좋아요", "audio"),
    ("EAR-2", "무선이어폰 프로", "Wireless Earphones Pro", "", "audio"),
    ("HEAD", "유선 헤드폰", "Wired Headphones", "이어폰보다 편해요", "audio"),
    ("BUDS", "갤럭시 버즈", "Galaxy Buds", "", "audio"),
    ("BAR", "블루투스 사운드바", "Bluetooth Soundbar", "", "audio"),
    ("KEY", "기계식 키보드", "Mechanical Keyboard", "", "computer"),
    ("MON", "27인치 4K 모니터", "27-inch 4K Monitor", "", "computer"),
    ("WIFI", "Wi-Fi 6 공유기", "Wi-Fi 6 Router", "", "computer"),
    ("SSD", "외장 SSD 1TB", "External SSD 1 TB", "", "computer"),
    ("RUN", "러닝화", "Running Shoes", "가벼운 운동화를 찾는다면", "fashion"),
    ("LACE", "신발끈", "Shoe Laces", "운동화에 맞는 길이", "fashion"),
    ("FRY", "에어프라이어 5L", "Air Fryer 5 L", "", "home"),
    ("GEAR", "캠핑 장비", "Camping Gear", "지하철에서도 들고 다녀요", "sports"),
];

fn change(id: ProductId, (sku, ko, en, description, category): (&str, &str, &str, &str, &str)) -> Change {
    let text = |ko: &str, en: &str| LocalizedText { ko: ko.to_owned(), en: en.to_owned() };
    let details = Details::stored(Draft {
        sku: sku.to_owned(),
        name: text(ko, en),
        description: text(description, ""),
        category: category.to_owned(),
        price: Money::new(1_000, Currency::KRW),
    });
    let product = Product::new(id, details, Clock::default().now());
    let offer = Some(Offer { product, available: 1, stock_version: 1, revision: Revision(2) });
    Change { product_id: id, revision: Revision(2), offer, position: Position::default() }
}

struct Shop {
    ids: Vec<(ProductId, &'static str)>,
    indexer: Indexer,
    searcher: Searcher,
}

impl Shop {
    fn open() -> Self {
        let (mut indexer, searcher) = index::create().expect("an index");
        let ids: Vec<_> = PRODUCTS.iter().map(|product| (Clock::default().new_id(), product.0)).collect();
        let changes: Vec<_> = ids.iter().zip(PRODUCTS).map(|((id, _), product)| change(*id, product)).collect();
        indexer.take(&changes).and_then(|()| indexer.publish()).expect("they can be indexed");
        Self { ids, indexer, searcher }
    }

    fn skus(&self, found: &Found) -> Vec<&'static str> {
        let sku = |place: &Place| self.ids.iter().find(|(id, _)| *id == place.product()).map_or("?", |(_, sku)| sku);
        found.places.iter().map(sku).collect()
    }

    fn finds(&self, words: Words) -> (Vec<&'static str>, Spelling) {
        let listing = Listing { words: Some(words), sort: Sort::Relevance, ..Listing::default() };
        let (found, spelling) = self.searcher.find_first(&listing, 20).expect("a search");
        (self.skus(&found), spelling)
    }

    #[track_caller]
    fn find(&self, cases: &[(&str, &[&str])], spelling: Spelling) {
        for (typed, expected) in cases {
            assert_eq!(self.finds(Words::of(typed)), (expected.to_vec(), spelling), "{typed}");
        }
    }
}

#[test]
fn korean_is_found_however_it_is_spaced() {
    Shop::open().find(
        &[
            ("무선 이어폰", &["EAR-1", "EAR-2"]),
            ("무선이어폰", &["EAR-1", "EAR-2"]),
            ("사운드 바", &["BAR"]),
            ("블루투스사운드바", &["BAR"]),
            ("에어 프라이어", &["FRY"]),
            ("27 인치 모니터", &["MON"]),
            ("프라이어", &["FRY"]),
        ],
        Spelling::AsWritten,
    );
}

#[test]
fn english_is_found_in_any_case_number_and_spacing_but_not_inside_other_words() {
    Shop::open().find(
        &[
            ("KEYBOARD", &["KEY"]),
            ("key board", &["KEY"]),
            ("headphone", &["HEAD"]),
            ("shoe", &["LACE", "RUN"]),
            ("wifi", &["WIFI"]),
            ("1tb ssd", &["SSD"]),
            ("ear", &["EAR-1", "EAR-2"]),
            ("ear phones pro", &["EAR-2"]),
            ("블루투스 soundbar", &["BAR"]),
        ],
        Spelling::AsWritten,
    );
}

#[test]
fn particles_do_not_matter_neither_in_what_is_typed_nor_in_what_is_described() {
    Shop::open().find(
        &[
            ("헤드폰을", &["HEAD"]),
            ("키보드는", &["KEY"]),
            ("운동화", &["LACE", "RUN"]),
            ("지하철", &["GEAR"]),
            ("지하철에서", &["GEAR"]),
        ],
        Spelling::AsWritten,
    );
}

#[test]
fn a_name_counts_for_more_than_a_description() {
    let (found, _) = Shop::open().finds(Words::of("이어폰"));
    assert_eq!(found, ["EAR-1", "EAR-2", "HEAD"]);
}

#[test]
fn typos_are_forgiven_when_nothing_is_found_as_it_is_written() {
    Shop::open().find(
        &[
            ("해드폰", &["HEAD"]),
            ("갤럭씨", &["BUDS"]),
            ("keybord", &["KEY"]),
            ("mecahnical", &["KEY"]),
            ("이어펀", &["EAR-1", "EAR-2"]),
            ("유선 해드폰", &["HEAD"]),
        ],
        Spelling::Forgiving,
    );
}

#[test]
fn initial_consonants_and_sku_find_what_they_stand_for() {
    Shop::open().find(&[("ㄱㄹㅅ", &["BUDS"]), ("ㅋㅂㄷ", &["KEY"]), ("ear-2", &["EAR-2"])], Spelling::AsWritten);
}

#[test]
fn a_word_is_found_at_every_key_that_is_struck_for_it() {
    let shop = Shop::open();
    let keys = text::keys("갤럭시");
    let typed = ["ㄱ", "개", "갤", "갤ㄹ", "갤러", "갤럭", "갤럭ㅅ", "갤럭시"];
    for (place, typed) in typed.into_iter().enumerate() {
        assert!(keys.starts_with(&text::keys(&text::words(typed).concat())), "{place} {typed}");
        assert!(shop.finds(Words::typed_so_far(typed)).0.contains(&"BUDS"), "{typed}");
    }
}

#[test]
fn nothing_is_found_for_what_is_no_word_or_in_no_product() {
    Shop::open().find(&[("!?", &[]), ("zebra", &[]), ("무선 zebra", &[])], Spelling::Forgiving);
}

#[test]
fn a_product_keeps_its_rank_whatever_else_comes_and_goes() {
    let mut shop = Shop::open();
    let listing = Listing { words: Some(Words::of("무선")), sort: Sort::Relevance, ..Listing::default() };
    let before = shop.searcher.find(&listing, Spelling::AsWritten, None, 20).expect("a search");
    let mut others: Vec<_> =
        (0..50).map(|_| change(Clock::default().new_id(), ("X", "무선 무선 무선", "x", "무선", "audio"))).collect();
    shop.indexer.take(&others).and_then(|()| shop.indexer.publish()).expect("they can be indexed");
    for other in &mut others {
        other.offer = None;
    }
    shop.indexer.take(&others[..25]).and_then(|()| shop.indexer.publish()).expect("they can be deleted");
    let after = shop.searcher.find(&listing, Spelling::AsWritten, None, 100).expect("a search");
    assert_eq!(after.total, before.total + 25);
    let is_old = |place: &&Place| before.places.contains(place);
    assert_eq!(after.places.iter().filter(is_old).collect::<Vec<_>>(), before.places.iter().collect::<Vec<_>>());
}
