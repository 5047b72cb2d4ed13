//! Measures the search index on made-up products: `cargo run --release -p livemart-product --example search [PRODUCTS]`.
//!
//! Prints how long it takes to index them, how long a search takes, and what the process weighs.

#![allow(clippy::unwrap_used, reason = "a measurement ends where it cannot go on")]

use std::time::{Duration, Instant};

use livemart_contracts::events::LocalizedText;
use livemart_contracts::money::Currency;
use livemart_contracts::{Clock, Money};
use livemart_product::domain::{Details, Draft, Product};
use livemart_product::search::{Listing, Sort, Spelling, Words, index};
use livemart_product::store::changes::{Change, Position};
use livemart_product::store::{Offer, Revision};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

const PRODUCTS: usize = 100_000;
/// As the follower reads them.
const BATCH: usize = 1_000;
const SEARCHES: usize = 500;

const ADJECTIVES: [(&str, &str); 8] = [
    ("무선", "Wireless"),
    ("휴대용", "Portable"),
    ("접이식", "Folding"),
    ("기계식", "Mechanical"),
    ("전동", "Electric"),
    ("경량", "Lightweight"),
    ("저소음", "Silent"),
    ("방수", "Waterproof"),
];
const NOUNS: [(&str, &str); 12] = [
    ("이어폰", "Earphones"),
    ("키보드", "Keyboard"),
    ("청소기", "Vacuum Cleaner"),
    ("헤드폰", "Headphones"),
    ("스피커", "Speaker"),
    ("모니터", "Monitor"),
    ("가습기", "Humidifier"),
    ("텐트", "Tent"),
    ("랜턴", "Lantern"),
    ("마우스", "Mouse"),
    ("러닝화", "Running Shoes"),
    ("에어프라이어", "Air Fryer"),
];
const CATEGORIES: [&str; 6] = ["audio", "computer", "home", "fashion", "sports", "garden"];

fn change(number: usize, random: &mut StdRng) -> Change {
    let clock = Clock::default();
    let (one, other) = (ADJECTIVES.choose(random).unwrap(), ADJECTIVES.choose(random).unwrap());
    let noun = NOUNS.choose(random).unwrap();
    let details = Details::stored(Draft {
        sku: format!("SKU-{number}"),
        name: LocalizedText {
            ko: format!("{} {} {} {number}", one.0, other.0, noun.0),
            en: format!("{} {} {} {number}", one.1, other.1, noun.1),
        },
        description: LocalizedText {
            ko: format!("{}에서도 쓰기 좋은 {}, 한 번 충전으로 {number}시간", noun.0, other.0),
            en: format!("A {} {} that lasts {number} hours on one charge", other.1, noun.1),
        },
        category: (*CATEGORIES.choose(random).unwrap()).to_owned(),
        price: Money::new(random.random_range(1_000..1_000_000), Currency::KRW),
    });
    let product = Product::new(clock.new_id(), details, clock.now());
    let revision = Revision(2);
    let offer = Offer { product, available: random.random_range(0..3), stock_version: 1, revision };
    Change { product_id: offer.product.id, revision, offer: Some(offer), position: Position::default() }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let products: usize = std::env::args().nth(1).map_or(Ok(PRODUCTS), |number| number.parse())?;
    let mut random = StdRng::seed_from_u64(1);
    let changes: Vec<Change> = (0..products).map(|number| change(number, &mut random)).collect();

    let (mut indexer, searcher) = index::create()?;
    let began = Instant::now();
    for batch in changes.chunks(BATCH) {
        indexer.take(batch)?;
    }
    indexer.publish()?;
    println!("{products} products indexed in {:.2} s", began.elapsed().as_secs_f64());
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        status.lines().filter(|line| line.starts_with("VmRSS")).for_each(|line| println!("{line} (with the products)"));
    }

    let mut one = changes[products / 2].clone();
    if let Some(offer) = &mut one.offer {
        offer.product.version += 1;
    }
    let began = Instant::now();
    indexer.take(&[one])?;
    indexer.publish()?;
    println!("one change published in {:.2} ms", began.elapsed().as_secs_f64() * 1e3);

    for text in ["", "무선 이어폰", "무선이어폰", "silent keyboard", "ㅇㅇㅍ", "이", "이어펀", "keybord", "SKU-4711"]
    {
        let words = (!text.is_empty()).then(|| Words::of(text));
        let sort = if text.is_empty() { Sort::CheapestFirst } else { Sort::Relevance };
        let listing = Listing { words, sort, in_stock: Some(true), ..Listing::default() };
        let mut took: Vec<Duration> = Vec::with_capacity(SEARCHES);
        let mut last = None;
        for _ in 0..SEARCHES {
            let began = Instant::now();
            last = Some(searcher.find_first(&listing, 21)?);
            took.push(began.elapsed());
        }
        took.sort_unstable();
        let ms = |part: usize| took[SEARCHES * part / 100].as_secs_f64() * 1e3;
        let (found, spelling) = last.ok_or("no search")?;
        let how = if spelling == Spelling::Forgiving { ", typos forgiven" } else { "" };
        println!("{text:?}: {} found{how}, p50 {:.2} ms, p99 {:.2} ms", found.total, ms(50), ms(99));
    }
    Ok(())
}
