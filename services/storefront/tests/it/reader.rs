//! Somebody with a browser that runs no scripts: it keeps cookies, follows redirects and sends forms.

use std::time::Duration;

use livemart_local::DEMO_ADMIN;
use livemart_testing::{Customer, Shop};
use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Method, Url};

/// Longer than a page may take.
const PAGE_LIMIT: Duration = Duration::from_secs(40);

pub struct Reader {
    client: reqwest::Client,
    address: String,
}

/// A page, after redirects.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    /// Path and query.
    pub path: String,
    pub text: String,
}

impl Reader {
    pub fn new(shop: &Shop) -> Self {
        Self::speaking(shop, "en")
    }

    pub fn speaking(shop: &Shop, languages: &'static str) -> Self {
        let headers = HeaderMap::from_iter([("accept-language".parse().unwrap(), HeaderValue::from_static(languages))]);
        let client = reqwest::Client::builder().cookie_store(true).timeout(PAGE_LIMIT).default_headers(headers);
        Self { client: client.build().unwrap(), address: shop.storefront_url().to_owned() }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    /// As one of the shop's customers.
    pub async fn signed_in(shop: &Shop, customer: &Customer) -> Self {
        let reader = Self::new(shop);
        reader.signs_in(&customer.email, Customer::PASSWORD).await;
        reader
    }

    /// As somebody of the staff.
    pub async fn staff(shop: &Shop) -> Self {
        let reader = Self::new(shop);
        reader.signs_in(DEMO_ADMIN, &shop.servers.secrets.demo_admin).await;
        reader
    }

    pub async fn signs_in(&self, email: &str, password: &str) {
        let page = self.send("/sign-in", &[("email", email), ("password", password), ("next", "/")]).await;
        page.expect(200).says("Sign out");
    }

    pub async fn get(&self, path: &str) -> Page {
        self.ask(self.client.get(format!("{}{path}", self.address))).await
    }

    pub async fn send(&self, path: &str, form: &[(&str, &str)]) -> Page {
        self.ask(self.client.post(format!("{}{path}", self.address)).form(form)).await
    }

    /// With headers that a browser would add by itself.
    pub async fn send_with(&self, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Page {
        let request = self.client.request(Method::POST, format!("{}{path}", self.address)).form(form);
        self.ask(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value))).await
    }

    async fn ask(&self, request: reqwest::RequestBuilder) -> Page {
        let answer = request.send().await.unwrap_or_else(|error| panic!("no page: {error:?}"));
        let url: &Url = answer.url();
        let query = url.query().map(|query| format!("?{query}")).unwrap_or_default();
        Page {
            status: answer.status().as_u16(),
            path: format!("{}{query}", url.path()),
            headers: answer.headers().clone(),
            text: answer.text().await.unwrap(),
        }
    }
}

impl Page {
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}:\n{}", self.path, self.text);
        self
    }

    #[track_caller]
    pub fn says(&self, text: &str) -> &Self {
        assert!(self.text.contains(text), "{} does not say {text:?}:\n{}", self.path, self.text);
        self
    }

    #[track_caller]
    pub fn says_not(&self, text: &str) -> &Self {
        assert!(!self.text.contains(text), "{} says {text:?}:\n{}", self.path, self.text);
        self
    }

    /// The value of the field of this name.
    #[track_caller]
    pub fn value(&self, name: &str) -> String {
        let field =
            self.text.split('<').find(|tag| tag.starts_with("input") && tag.contains(&format!("name=\"{name}\"")));
        let field = field.unwrap_or_else(|| panic!("{} has no field {name}:\n{}", self.path, self.text));
        let value = field.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        value.replace("&#34;", "\"").replace("&#39;", "'").replace("&#60;", "<").replace("&#38;", "&")
    }
}
