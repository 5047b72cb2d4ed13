//! One pass over what a query finds: filters it, counts it by category, and keeps the page that is asked for.
//!
//! A page starts right after the place where the one before ended. The place is made of what is stored of the product,
//! so it means the same after any number of changes, on any replica.

use std::collections::{BTreeMap, BinaryHeap};
use std::ops::Bound;

use tantivy::collector::{Collector, SegmentCollector};
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, Score, SegmentOrdinal, SegmentReader, TantivyError};

use super::document::{CATEGORY, ID_HIGH, ID_LOW, IN_STOCK, LENGTH, NAME, PRICE, id_of};
use super::listing::{Bucket, Found, Listing, Place, Sort};

/// Categories that are counted out; the smallest are left off beyond.
const CATEGORIES: usize = 50;
/// Bits of a rank for the length of the name, below those for the points.
const LENGTH_BITS: u32 = 8;
const LONGEST: u64 = (1 << LENGTH_BITS) - 1;

/// The order of a segment: smaller comes first. The second part is the id, turned round where newer ones come first.
type Key = (u64, u128);

pub struct PageOf<'a> {
    pub listing: &'a Listing,
    pub after: Option<&'a Place>,
    /// At least one.
    pub rows: usize,
}

pub struct PageOfSegment {
    sort: Sort,
    min_price: u64,
    max_price: u64,
    in_stock: Option<bool>,
    /// The numbers of the wanted categories in this segment.
    categories: Option<Vec<u64>>,
    after: Option<Key>,
    rows: usize,
    columns: Columns,
    counts: Vec<u64>,
    total: u64,
    matched: u64,
    /// The largest of those that are kept is on top.
    kept: BinaryHeap<Key>,
}

struct Columns {
    id_high: Column<u64>,
    id_low: Column<u64>,
    price: Column<u64>,
    length: Column<u64>,
    in_stock: Column<bool>,
    category: StrColumn,
    name: StrColumn,
}

impl Columns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let text = |name: &str| {
            columns.str(name)?.ok_or_else(|| TantivyError::InternalError(format!("the index has no column {name}")))
        };
        Ok(Self {
            id_high: columns.u64(ID_HIGH)?,
            id_low: columns.u64(ID_LOW)?,
            price: columns.u64(PRICE)?,
            length: columns.u64(LENGTH)?,
            in_stock: columns.bool(IN_STOCK)?,
            category: text(CATEGORY)?,
            name: text(NAME)?,
        })
    }
}

impl Collector for PageOf<'_> {
    type Fruit = Found;
    type Child = PageOfSegment;

    fn for_segment(&self, _: SegmentOrdinal, segment: &SegmentReader) -> tantivy::Result<PageOfSegment> {
        let columns = Columns::open(segment)?;
        let listing = self.listing;
        let number = |category: &String| columns.category.dictionary().term_ord(category).transpose();
        let categories = match &listing.categories {
            Some(wanted) => Some(wanted.iter().filter_map(number).collect::<std::io::Result<_>>()?),
            None => None,
        };
        Ok(PageOfSegment {
            sort: listing.sort,
            min_price: listing.min_price.unwrap_or(0),
            max_price: listing.max_price.unwrap_or(u64::MAX),
            in_stock: listing.in_stock,
            categories,
            after: self.after.map(|place| key(place, &columns)).transpose()?,
            rows: self.rows,
            counts: vec![0; columns.category.num_terms()],
            columns,
            total: 0,
            matched: 0,
            kept: BinaryHeap::with_capacity(self.rows + 1),
        })
    }

    fn requires_scoring(&self) -> bool {
        self.listing.sort == Sort::Relevance
    }

    fn merge_fruits(&self, segments: Vec<tantivy::Result<OfSegment>>) -> tantivy::Result<Found> {
        let (mut found, mut counts) = (Found::default(), BTreeMap::<String, u64>::new());
        for segment in segments {
            let segment = segment?;
            found.total += segment.total;
            found.matched += segment.matched;
            found.places.extend(segment.places);
            for (category, count) in segment.categories {
                *counts.entry(category).or_default() += count;
            }
        }
        found.places.sort_by(Place::cmp_in_order);
        found.places.truncate(self.rows);
        found.categories = counts.into_iter().map(|(value, count)| Bucket { value, count }).collect();
        found.categories.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.value.cmp(&other.value)));
        found.categories.truncate(CATEGORIES);
        Ok(found)
    }
}

pub struct OfSegment {
    places: Vec<Place>,
    categories: Vec<(String, u64)>,
    total: u64,
    matched: u64,
}

impl SegmentCollector for PageOfSegment {
    type Fruit = tantivy::Result<OfSegment>;

    fn collect(&mut self, doc: DocId, score: Score) {
        self.matched += 1;
        let price = self.columns.price.first(doc).unwrap_or(0);
        let in_stock = self.columns.in_stock.first(doc).unwrap_or(false);
        if !(self.min_price..=self.max_price).contains(&price) || self.in_stock.is_some_and(|wanted| wanted != in_stock)
        {
            return;
        }
        let category = self.columns.category.ords().first(doc);
        if let Some(count) = category.and_then(|category| self.counts.get_mut(category as usize)) {
            *count += 1;
        }
        let is_wanted = |wanted: &Vec<u64>| category.is_some_and(|category| wanted.contains(&category));
        if !self.categories.as_ref().is_none_or(is_wanted) {
            return;
        }
        self.total += 1;
        let first = self.first_of(doc, price, score);
        // Most of what is found is behind the page by this alone.
        if self.kept.len() == self.rows && self.kept.peek().is_some_and(|last| first > last.0) {
            return;
        }
        let key = (first, self.turned_id(doc));
        if self.after.is_some_and(|after| key <= after) {
            return;
        }
        if self.kept.len() < self.rows {
            self.kept.push(key);
        } else if let Some(mut last) = self.kept.peek_mut()
            && key < *last
        {
            *last = key;
        }
    }

    fn harvest(self) -> tantivy::Result<OfSegment> {
        let mut categories = Vec::new();
        for (ord, count) in self.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let mut name = String::new();
            self.columns.category.ord_to_str(ord as u64, &mut name)?;
            categories.push((name, *count));
        }
        let places = self.kept.iter().map(|key| self.place(*key)).collect::<tantivy::Result<_>>()?;
        Ok(OfSegment { places, categories, total: self.total, matched: self.matched })
    }
}

impl PageOfSegment {
    fn first_of(&self, doc: DocId, price: u64, score: Score) -> u64 {
        match self.sort {
            Sort::Created => 0,
            Sort::Relevance => !rank(score, self.columns.length.first(doc).unwrap_or(0)),
            Sort::CheapestFirst => price,
            Sort::DearestFirst => !price,
            Sort::Name => self.columns.name.ords().first(doc).unwrap_or(0),
        }
    }

    fn turned_id(&self, doc: DocId) -> u128 {
        let high = self.columns.id_high.first(doc).unwrap_or(0);
        let low = self.columns.id_low.first(doc).unwrap_or(0);
        let id = (u128::from(high) << 64) | u128::from(low);
        match self.sort {
            Sort::Created | Sort::Relevance | Sort::DearestFirst => !id,
            Sort::CheapestFirst | Sort::Name => id,
        }
    }

    fn place(&self, (first, id): Key) -> tantivy::Result<Place> {
        let product = |id: u128| id_of((id >> 64) as u64, id as u64);
        Ok(match self.sort {
            Sort::Created => Place::Created(product(!id)),
            Sort::Relevance => Place::Relevance(!first, product(!id)),
            Sort::CheapestFirst => Place::CheapestFirst(first, product(id)),
            Sort::DearestFirst => Place::DearestFirst(!first, product(!id)),
            Sort::Name => {
                let mut name = String::new();
                self.columns.name.ord_to_str(first, &mut name)?;
                Place::Name(name, product(id))
            }
        })
    }
}

/// Points are whole numbers and few; of products with as many, the one with the shorter name is more to the point.
fn rank(points: Score, length: u64) -> u64 {
    ((points as u64) << LENGTH_BITS) | (LONGEST - length.min(LONGEST))
}

/// The place in the order of this segment: names are numbered by each segment for itself.
fn key(place: &Place, columns: &Columns) -> tantivy::Result<Key> {
    let id = place.product().uuid().as_u128();
    Ok(match place {
        Place::Created(_) => (0, !id),
        Place::Relevance(rank, _) => (!rank, !id),
        Place::CheapestFirst(price, _) => (*price, id),
        Place::DearestFirst(price, _) => (!price, !id),
        Place::Name(name, _) => {
            let names = columns.name.dictionary();
            match names.term_ord(name)? {
                Some(ord) => (ord, id),
                None => match names.term_bounds_to_ord(Bound::Included(name), Bound::Unbounded)?.0 {
                    // Before the first product with the next name: no id is zero.
                    Bound::Included(next) | Bound::Excluded(next) => (next, 0),
                    Bound::Unbounded => (0, 0),
                },
            }
        }
    })
}
