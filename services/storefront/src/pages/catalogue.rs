//! `GET /`: what is for sale, with search, filters and the next page.

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;

use super::goods::Card;
use super::{Frame, html};
use crate::api::{Branch, Facet, Search};
use crate::fault::Fault;
use crate::texts::Locale;
use crate::visitor::Visitor;

/// Products on a page: whole rows of two, three, four and six.
const ON_A_PAGE: u16 = 24;

#[derive(Template)]
#[template(path = "catalogue.html")]
struct Catalogue {
    frame: Frame,
    heading: String,
    count: String,
    message: Option<String>,
    wrong_price: bool,
    search: Search,
    all: String,
    facets: Vec<Choice>,
    sorts: Vec<(&'static str, &'static str)>,
    cards: Vec<Card>,
    first: Option<String>,
    next: Option<String>,
}

/// A category that one can look at.
struct Choice {
    name: String,
    count: u64,
    href: String,
    depth: usize,
    chosen: bool,
}

pub async fn show(visitor: Visitor, Query(search): Query<Search>) -> Result<Response, Fault> {
    let (locale, words) = (visitor.locale, visitor.locale.words());
    let asked = asked(&search);
    let (found, categories) = futures::join!(visitor.api.search(&asked, ON_A_PAGE), visitor.api.categories());
    let (found, refusal) = match found {
        Ok(found) => (Some(found), None),
        Err(refusal) if refusal.status() == StatusCode::UNPROCESSABLE_ENTITY => (None, Some(refusal)),
        Err(refusal) => return Err(refusal.into()),
    };
    let status = refusal.as_ref().map_or(StatusCode::OK, |refusal| refusal.status());
    // Without its categories a page still sells.
    let tree = categories.unwrap_or_default();
    let facets = found.as_ref().map(|found| found.facets.category.as_slice()).unwrap_or_default();
    let chosen = name_of(&tree, &search.category, locale);
    let page = Catalogue {
        heading: match (search.q.trim(), chosen) {
            ("", Some(category)) => category,
            ("", None) => words.all_products.to_owned(),
            (q, _) => locale.results_for(q),
        },
        count: locale.found(found.as_ref().map_or(0, |found| found.total)),
        wrong_price: refusal
            .as_ref()
            .is_some_and(|refusal| refusal.errors().iter().any(|error| error.pointer.ends_with("_price"))),
        message: refusal.as_ref().map(|refusal| locale.refusal(refusal)),
        all: address(&Search { category: String::new(), cursor: String::new(), ..search.clone() }),
        facets: choices(&tree, facets, &search, locale),
        sorts: sorts(&search, locale),
        cards: found.iter().flat_map(|found| &found.data).map(|product| Card::of(product, locale)).collect(),
        first: (!search.cursor.is_empty()).then(|| address(&Search { cursor: String::new(), ..search.clone() })),
        next: found.and_then(|found| found.next_cursor).map(|cursor| address(&Search { cursor, ..search.clone() })),
        frame: Frame { q: search.q.clone(), ..Frame::of(&visitor) },
        search,
    };
    Ok(html(status, &page))
}

/// What the API is asked: forms send their empty fields too, and nothing is relevant without words.
fn asked(search: &Search) -> Search {
    let mut asked = search.clone();
    asked.q = asked.q.trim().to_owned();
    if asked.q.is_empty() && asked.sort == "relevance" {
        asked.sort.clear();
    }
    if asked.in_stock != "true" {
        asked.in_stock.clear();
    }
    asked
}

/// The address of the page that shows a search.
fn address(search: &Search) -> String {
    let pairs = [
        ("q", &search.q),
        ("category", &search.category),
        ("min_price", &search.min_price),
        ("max_price", &search.max_price),
        ("in_stock", &search.in_stock),
        ("sort", &search.sort),
        ("cursor", &search.cursor),
    ];
    let pairs = pairs.into_iter().filter(|(_, value)| !value.is_empty());
    let url = reqwest::Url::parse_with_params("http://shop/", pairs);
    let url = url.ok();
    match url.as_ref().and_then(|url| url.query()) {
        Some(query) if !query.is_empty() => format!("/?{query}"),
        _ => "/".to_owned(),
    }
}

fn sorts(search: &Search, locale: Locale) -> Vec<(&'static str, &'static str)> {
    let words = locale.words();
    let first = match search.q.trim() {
        "" => ("", words.sort_newest),
        _ => ("", words.sort_relevance),
    };
    let mut sorts = vec![first];
    if !search.q.trim().is_empty() {
        sorts.push(("created", words.sort_newest));
    }
    sorts.extend([("price", words.sort_cheapest), ("-price", words.sort_dearest), ("name", words.sort_name)]);
    sorts
}

fn name_of(branches: &[Branch], slug: &str, locale: Locale) -> Option<String> {
    branches.iter().find_map(|branch| {
        if branch.slug == slug {
            Some(locale.of(&branch.name).to_owned())
        } else {
            name_of(&branch.children, slug, locale)
        }
    })
}

/// The categories in which something is found, each below its parent, with what is found in it and below it.
fn choices(tree: &[Branch], facets: &[Facet], search: &Search, locale: Locale) -> Vec<Choice> {
    fn known(branches: &[Branch], slug: &str) -> bool {
        branches.iter().any(|branch| branch.slug == slug || known(&branch.children, slug))
    }
    fn count(branch: &Branch, facets: &[Facet]) -> u64 {
        let own = facets.iter().filter(|facet| facet.value == branch.slug).map(|facet| facet.count).sum::<u64>();
        own + branch.children.iter().map(|child| count(child, facets)).sum::<u64>()
    }
    fn walk(
        branches: &[Branch],
        depth: usize,
        facets: &[Facet],
        choice: &impl Fn(&str, String, u64, usize) -> Choice,
        locale: Locale,
        into: &mut Vec<Choice>,
    ) {
        for branch in branches {
            let count = count(branch, facets);
            if count > 0 {
                into.push(choice(&branch.slug, locale.of(&branch.name).to_owned(), count, depth));
                walk(&branch.children, depth + 1, facets, choice, locale, into);
            }
        }
    }
    let choice = |slug: &str, name: String, count: u64, depth: usize| Choice {
        name,
        count,
        href: address(&Search { category: slug.to_owned(), cursor: String::new(), ..search.clone() }),
        depth,
        chosen: search.category == slug,
    };
    let mut choices = Vec::new();
    walk(tree, 0, facets, &choice, locale, &mut choices);
    // A category that nobody gave a name.
    let unnamed = facets.iter().filter(|facet| !known(tree, &facet.value));
    choices.extend(unnamed.map(|facet| choice(&facet.value, facet.value.clone(), facet.count, 0)));
    choices
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_the_whole_search_and_nothing_else() {
        let search = Search { q: "텐트 & co".to_owned(), sort: "-price".to_owned(), ..Search::default() };
        assert_eq!(address(&search), "/?q=%ED%85%90%ED%8A%B8+%26+co&sort=-price");
        assert_eq!(address(&Search::default()), "/");
    }

    #[test]
    fn a_parent_counts_what_is_below_it_and_an_empty_one_is_left_out() {
        let branch = |slug: &str, children| Branch {
            slug: slug.to_owned(),
            name: crate::api::Localized { ko: String::new(), en: slug.to_uppercase() },
            children,
        };
        let tree =
            [branch("home", vec![]), branch("electronics", vec![branch("audio", vec![]), branch("computer", vec![])])];
        let facets =
            [("audio", 3), ("computer", 2), ("odd", 1)].map(|(value, count)| Facet { value: value.to_owned(), count });
        let found = choices(&tree, &facets, &Search { category: "audio".to_owned(), ..Search::default() }, Locale::En);
        let seen: Vec<_> =
            found.iter().map(|choice| (choice.name.as_str(), choice.count, choice.depth, choice.chosen)).collect();
        assert_eq!(
            seen,
            [("ELECTRONICS", 5, 0, false), ("AUDIO", 3, 1, true), ("COMPUTER", 2, 1, false), ("odd", 1, 0, false)]
        );
    }
}
