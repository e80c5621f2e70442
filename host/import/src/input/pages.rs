//! What a page of an API says of itself: whether it is all, or one of several.

use serde_json::{Map, Value};

use crate::text::{counted, grouped};

/// Bytes of a value that is looked at.
pub(super) const MARK_BYTES_MAX: usize = 16 << 10;
/// Objects in objects that are looked into.
const DEPTH_MAX: usize = 3;

/// Where the next page is, unless it is null or empty.
const NEXT: &[&str] = &[
    "nextrecordsurl",
    "odatanextlink",
    "next",
    "nextlink",
    "nextpage",
    "nextpageurl",
    "nexturl",
    "nexthref",
    "nextcursor",
    "nextpagetoken",
    "nextstart",
    "nextoffset",
    "continuationtoken",
];
/// True where there is more.
const MORE: &[&str] =
    &["hasmore", "more", "moreitemsincollection", "hasnextpage", "hasnext", "morerecords", "hasmoreitems"];
/// False where there is more.
const LAST: &[&str] = &["done", "islast", "last", "islastpage", "lastpage"];
/// How many records there are in all.
const TOTAL: &[&str] = &[
    "totalsize",
    "total",
    "totalcount",
    "totalrecords",
    "totalresults",
    "totalelements",
    "totalitems",
    "odatacount",
    "count",
];
/// How many pages there are, and which of them it is.
const PAGES: &[&str] = &["totalpages", "pagecount", "pages", "numpages", "lastpage"];
const NUMBER: &[&str] = &["page", "currentpage", "pagenumber", "pageno", "number"];
/// Objects in which a page says such things.
const ABOUT: &[&str] = &[
    "paging",
    "pagination",
    "links",
    "meta",
    "metadata",
    "additionaldata",
    "responsemetadata",
    "pageinfo",
    "info",
    "page",
];

/// The pages of an input, as far as they were read.
#[derive(Debug, Default)]
pub(super) struct Pages {
    /// What the newest page says of itself.
    marks: Map<String, Value>,
    pages: u64,
    /// Records of all pages.
    pub(super) records: u64,
}

/// Whether what stands at a key is to be looked at.
pub(super) fn is_mark(key: &str) -> bool {
    let key = folded(key);
    [NEXT, MORE, LAST, TOTAL, ABOUT, PAGES, NUMBER].iter().any(|keys| keys.contains(&&*key))
}

/// A key without case and what separates words.
fn folded(key: &str) -> String {
    key.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Pages {
    /// Begins what may be a page; gives what the one before says.
    pub(super) fn begin(&mut self) -> Map<String, Value> {
        std::mem::take(&mut self.marks)
    }

    /// It was none: the one before is the newest.
    pub(super) fn go_back(&mut self, before: Map<String, Value>) {
        self.marks = before;
    }

    /// Takes down what the page says.
    pub(super) fn mark(&mut self, key: &str, value: Value) {
        self.marks.insert(key.to_owned(), value);
    }

    /// Ends a page that had a list of records.
    pub(super) fn end(&mut self) {
        self.pages += 1;
    }

    /// What is to be said: that the last page names another one, or that there are fewer records than pages say.
    pub(super) fn told(&self) -> Option<String> {
        if self.pages == 0 {
            return None;
        }
        let more = more(&self.marks, DEPTH_MAX, "");
        let total = total(&self.marks, DEPTH_MAX).filter(|total| *total > self.records);
        let records = counted(self.records, "record");
        let of = total.map_or(String::new(), |total| format!(" of {}", grouped(total)));
        let more = more.or_else(|| of_pages(&self.marks, DEPTH_MAX, self.pages));
        let why = more.or_else(|| total.map(|total| format!("it counts {} in all", grouped(total))))?;
        let what = if self.pages == 1 { "it says" } else { "its last page says" };
        let are = if self.records == 1 && of.is_empty() { "is" } else { "are" };
        Some(format!("{what} that it is not all: {why}; {records}{of} {are} read"))
    }
}

/// What says that there is more.
fn more(marks: &Map<String, Value>, depth: usize, within: &str) -> Option<String> {
    marks.iter().find_map(|(key, value)| {
        let place = format!("{within}{key}");
        let has = |keys: &[&str]| keys.contains(&&*folded(key));
        match value {
            Value::Bool(true) if has(MORE) || has(NEXT) => Some(format!("`{place}` is true")),
            Value::Bool(false) if has(LAST) => Some(format!("`{place}` is false")),
            Value::String(text) if has(NEXT) && !text.trim().is_empty() => {
                Some(format!("`{place}` names another page"))
            }
            Value::Number(number) if has(NEXT) && number.as_u64() != Some(0) => {
                Some(format!("`{place}` is {number}"))
            }
            Value::Object(inner) if has(NEXT) && !inner.is_empty() => {
                Some(format!("`{place}` names another page"))
            }
            Value::Object(inner) if has(ABOUT) && depth > 0 => more(inner, depth - 1, &format!("{place}.")),
            _ => None,
        }
    })
}

/// Whether there are more pages than it is, counted from the first, and than were read.
fn of_pages(marks: &Map<String, Value>, depth: usize, read: u64) -> Option<String> {
    let number = |keys: &[&str]| {
        let mut found = marks.iter().filter(|(key, _)| keys.contains(&&*folded(key)));
        found.find_map(|(_, value)| value.as_u64())
    };
    if let (Some(pages), Some(page)) = (number(PAGES), number(NUMBER))
        && pages > page.saturating_add(1).max(read)
    {
        return Some(format!("it counts {} pages", grouped(pages)));
    }
    let about = marks.iter().filter(|(key, _)| ABOUT.contains(&&*folded(key)));
    let mut inner = about.filter_map(|(_, value)| value.as_object()).filter(|_| depth > 0);
    inner.find_map(|inner| of_pages(inner, depth - 1, read))
}

/// How many records there are in all.
fn total(marks: &Map<String, Value>, depth: usize) -> Option<u64> {
    let totals = marks.iter().filter_map(|(key, value)| match value {
        Value::Number(number) if TOTAL.contains(&&*folded(key)) => number.as_u64(),
        Value::Object(inner) if depth > 0 && ABOUT.contains(&&*folded(key)) => total(inner, depth - 1),
        _ => None,
    });
    totals.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(page: &str, records: u64) -> String {
        let mut pages = Pages { records, ..Pages::default() };
        let Ok(Value::Object(members)) = serde_json::from_str(page) else { panic!("{page}") };
        members.into_iter().filter(|(key, _)| is_mark(key)).for_each(|(key, value)| pages.mark(&key, value));
        pages.end();
        pages.told().unwrap_or_default()
    }

    #[test]
    fn a_page_that_is_not_all_says_so() {
        for (page, expected) in [
            (
                r#"{"done":false,"totalSize":3400}"#,
                "it says that it is not all: `done` is false; 3 records of 3,400 are read",
            ),
            (
                r#"{"paging":{"next":{"after":"3"}}}"#,
                "it says that it is not all: `paging.next` names another page; 3 records are read",
            ),
            (
                r#"{"@odata.nextLink":"https://x"}"#,
                "it says that it is not all: `@odata.nextLink` names another page; 3 records are read",
            ),
            (
                r#"{"additional_data":{"pagination":{"more_items_in_collection":true}}}"#,
                "it says that it is not all: `additional_data.pagination.more_items_in_collection` is true; 3 records are read",
            ),
            (r#"{"total":7}"#, "it says that it is not all: it counts 7 in all; 3 records of 7 are read"),
            (
                r#"{"_links":{"next":{"href":"x"}}}"#,
                "it says that it is not all: `_links.next` names another page; 3 records are read",
            ),
            (
                r#"{"meta":{"total_pages":5,"page":1}}"#,
                "it says that it is not all: it counts 5 pages; 3 records are read",
            ),
            (r#"{"meta":{"total_pages":1,"page":1},"page":{"totalPages":2,"number":1}}"#, ""),
            (r#"{"done":true,"totalSize":3,"nextRecordsUrl":null,"has_more":false,"next":"","count":3}"#, ""),
            (r#"{"next_page":null,"paging":{"prev":{"before":"1"}},"page":1,"info":{"count":2}}"#, ""),
        ] {
            assert_eq!(told(page, 3), expected, "{page}");
        }
    }
}
