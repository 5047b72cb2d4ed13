//! A real browser: scripts run, nothing is loaded again, and its console stays silent.

use std::time::Duration;

use livemart_testing::{ChromeDriver, Customer, Shop, eventually, run};
use serde_json::{Value, json};
use thirtyfour::prelude::*;

/// What is typed is suggested, once the search has heard of it; else it is typed again.
const SUGGESTED_WITHIN: Duration = Duration::from_secs(2);
const LOOKS_EVERY: Duration = Duration::from_millis(50);

/// A browser, closed when its test ends.
struct Browser {
    driver: WebDriver,
    address: String,
    /// Where its WebDriver session is, for what the protocol's clients do not know: the console.
    log: String,
    _chromedriver: ChromeDriver,
}

impl Browser {
    async fn open(shop: &Shop) -> Self {
        let chromedriver = ChromeDriver::start().await;
        let mut options = DesiredCapabilities::chrome();
        options.set_binary(&chromedriver.chromium.to_string_lossy()).unwrap();
        for argument in chromedriver.arguments() {
            options.add_arg(&argument).unwrap();
        }
        options.add_arg("--lang=en").unwrap();
        options.set("goog:loggingPrefs", json!({ "browser": "ALL" })).unwrap();
        let driver = WebDriver::new(&chromedriver.url, options).await;
        let driver = driver.unwrap_or_else(|error| panic!("a browser cannot be opened: {error}"));
        let log = format!("{}/session/{}/se/log", chromedriver.url, driver.session_id());
        Self { driver, address: shop.storefront_url().to_owned(), log, _chromedriver: chromedriver }
    }

    async fn goes(&self, path: &str) {
        self.driver.goto(format!("{}{path}", self.address)).await.unwrap();
    }

    async fn path(&self) -> String {
        let url = self.driver.current_url().await.unwrap();
        url.path().to_owned()
    }

    async fn one(&self, css: &str) -> WebElement {
        eventually(&format!("{css} on the page"), async || {
            self.driver.find(By::Css(css)).await.map_err(|error| error.to_string())
        })
        .await
    }

    async fn types(&self, css: &str, text: &str) {
        let field = self.one(css).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    async fn clicks(&self, css: &str) {
        self.one(css).await.click().await.unwrap();
    }

    async fn signs_in(&self, email: &str, password: &str) {
        self.goes("/sign-in").await;
        self.types("input[name=email]", email).await;
        self.types("input[name=password]", password).await;
        self.clicks("main form button").await;
        self.one("form[action='/sign-out']").await;
    }

    /// What scripts and the browser itself complained about: errors, refused loads, violations of the policy.
    async fn complaints(&self) -> Vec<Value> {
        let asked = reqwest::Client::new().post(&self.log).json(&json!({ "type": "browser" })).send().await.unwrap();
        let entries: Value = asked.json().await.unwrap();
        let entries = entries["value"].as_array().cloned().unwrap_or_else(|| panic!("no console: {entries}"));
        entries
            .into_iter()
            .filter(|entry| ["SEVERE", "WARNING"].contains(&entry["level"].as_str().unwrap_or("")))
            .collect()
    }

    async fn closes(self) {
        let complaints = self.complaints().await;
        self.driver.quit().await.unwrap();
        assert!(complaints.is_empty(), "the console is not silent: {complaints:#?}");
    }
}

#[test]
fn somebody_signs_in_searches_buys_and_sees_the_order_confirmed_without_loading_it_again() {
    run(async {
        let shop = Shop::shared().await;
        let product = shop.product(15_900, 10).await;
        let customer = shop.customer().await;
        let browser = Browser::open(shop).await;
        browser.signs_in(&customer.email, Customer::PASSWORD).await;

        // Typed, suggested, chosen with the keyboard. Every product of a test has its number in its name.
        let shown = shop.gateway.get(&format!("/api/v1/products/{product}")).await.expect(200);
        let name = shown["name"]["en"].as_str().unwrap();
        eventually("the name being suggested", async || {
            browser.types("#q", name).await;
            let option =
                browser.driver.query(By::Css("[role=option]")).wait(SUGGESTED_WITHIN, LOOKS_EVERY).first().await;
            option.map_err(|error| error.to_string())
        })
        .await;
        assert_eq!(browser.one("#q").await.attr("aria-expanded").await.unwrap().as_deref(), Some("true"));
        browser.one("#q").await.send_keys("" + Key::Enter).await.unwrap();
        eventually("the results of the search", async || {
            let url = browser.driver.current_url().await.map_err(|error| error.to_string())?;
            if url.query().is_some_and(|query| query.contains("q=")) { Ok(()) } else { Err(url.to_string()) }
        })
        .await;
        browser.clicks(&format!("a[href='/products/{product}']")).await;

        browser.clicks("form[action='/cart/lines'] button").await;
        browser.one("a[href='/checkout']").await;
        browser.goes("/checkout").await;
        browser.types("input[name=recipient]", "Kim Hana").await;
        browser.types("input[name=line1]", "1 Sejong-daero").await;
        browser.types("input[name=city]", "Seoul").await;
        browser.types("input[name=postal_code]", "04524").await;
        browser.clicks("input[value=pm_card_slow]").await;
        browser.clicks("form[action='/checkout'] button").await;

        // Three seconds until the card answers: the page is there before the order is decided.
        browser.one("[data-status=pending]").await;
        let order = browser.path().await;
        browser.driver.execute("window.neverLoadedAgain = true;", vec![]).await.unwrap();
        browser.one("[data-status=confirmed]").await;
        browser.one("[data-payment-status=captured]").await;
        let stayed = browser.driver.execute("return window.neverLoadedAgain === true;", vec![]).await.unwrap();
        assert_eq!(stayed.json(), &json!(true), "the page was loaded again");
        assert_eq!(browser.path().await, order);
        // Asked in the page itself, where the steps are exchanged as they move.
        let timed =
            "return [...document.querySelectorAll('.steps li.done time')].every((time) => time.textContent !== '')";
        eventually("a time at each step that is done", async || {
            let all = browser.driver.execute(timed, vec![]).await.map_err(|error| error.to_string())?;
            if all.json() == &json!(true) { Ok(()) } else { Err("a step has no time".to_owned()) }
        })
        .await;
        eventually("the confirmation being announced", async || {
            let said = browser.one("[data-announce]").await.prop("textContent").await;
            let said = said.map_err(|error| error.to_string())?.unwrap_or_default();
            if said.contains("Confirmed") { Ok(()) } else { Err(said) }
        })
        .await;

        // The inbox says so by itself.
        browser.one("[data-unread]:not([hidden])").await;
        let order = order.trim_start_matches("/orders/").parse().unwrap();
        shop.settles(&[order]).await;
        browser.closes().await;
    });
}
