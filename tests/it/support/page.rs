//! A response as text, and its forms.

use axum::http::{HeaderMap, header};
use scraper::{ElementRef, Html, Selector};

/// A response of the portal.
#[derive(Debug)]
pub struct Page {
    pub status: u16,
    pub headers: HeaderMap,
    /// Path and query of the request.
    pub address: String,
    pub text: String,
    pub body: Vec<u8>,
}

/// A form with its present values.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    pub method: String,
    pub fields: Vec<(String, String)>,
    /// Unchecked checkboxes.
    boxes: Vec<(String, String)>,
}

impl Page {
    pub fn html(&self) -> Html {
        Html::parse_document(&self.text)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let value = self.headers.get(name);
        value.map(|value| value.to_str().expect("a header is text"))
    }

    pub fn location(&self) -> Option<String> {
        let there = self.headers.get(header::LOCATION)?;
        Some(String::from_utf8_lossy(there.as_bytes()).into_owned())
    }

    /// The words of every element that fits.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let html = self.html();
        html.select(&parse(selector)).map(words).collect()
    }

    /// The words of the one element that fits.
    pub fn text_of(&self, selector: &str) -> String {
        let mut texts = self.texts(selector);
        let page = format!("{} {}", self.status, self.address);
        assert_eq!(texts.len(), 1, "{selector} on {page}: {texts:?}");
        texts.remove(0)
    }

    pub fn has(&self, selector: &str) -> bool {
        self.html().select(&parse(selector)).next().is_some()
    }

    pub fn count(&self, selector: &str) -> usize {
        self.html().select(&parse(selector)).count()
    }

    /// An attribute of every element that fits and has it.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        let html = self.html();
        let selector = parse(selector);
        let with = html.select(&selector);
        with.filter_map(|element| element.attr(name).map(str::to_owned))
            .collect()
    }

    /// The address of the one link that fits.
    pub fn link(&self, selector: &str) -> String {
        let mut links = self.attributes(selector, "href");
        links.dedup();
        assert_eq!(links.len(), 1, "{selector} on {}: {links:?}", self.address);
        links.remove(0)
    }

    /// The page's error message.
    pub fn alert(&self) -> String {
        self.text_of("[role=alert]")
    }

    /// The page's flash message.
    pub fn message(&self) -> String {
        self.text_of("[role=status]")
    }

    /// The ids of a list's rows, in its order.
    pub fn ids(&self, selector: &str) -> Vec<String> {
        self.attributes(&format!("{selector} [data-id]"), "data-id")
    }

    /// The cells of every row that fits.
    pub fn rows(&self, selector: &str) -> Vec<Vec<String>> {
        let html = self.html();
        let (selector, cells) = (parse(selector), parse("th, td"));
        let rows = html.select(&selector);
        let own = |row: ElementRef<'_>| {
            let cells = row.select(&cells);
            let own =
                cells.filter(|cell| cell.parent().is_some_and(|parent| parent.id() == row.id()));
            own.map(words).collect()
        };
        rows.map(own).collect()
    }

    /// The one form that fits, as the page shows it.
    pub fn form(&self, selector: &str) -> Form {
        let html = self.html();
        let parsed = parse(selector);
        let mut forms = html.select(&parsed);
        let form = forms.next();
        let form =
            form.unwrap_or_else(|| panic!("no {selector} on {}:\n{}", self.address, self.text));
        assert!(forms.next().is_none(), "several {selector}");
        let mut read = Form {
            action: form.attr("action").unwrap_or(&self.address).to_owned(),
            method: form.attr("method").unwrap_or("get").to_lowercase(),
            fields: Vec::new(),
            boxes: Vec::new(),
        };
        for input in html.select(&parse("input, select, textarea")) {
            let inside = input.ancestors().any(|ancestor| ancestor.id() == form.id());
            let owned = match input.attr("form") {
                Some(owner) => form.attr("id") == Some(owner),
                None => inside,
            };
            if owned {
                read.take(input);
            }
        }
        read
    }
}

impl Form {
    fn take(&mut self, input: ElementRef<'_>) {
        let Some(name) = input.attr("name") else {
            return;
        };
        let value = match input.value().name() {
            "select" => chosen(input),
            "textarea" => input.text().collect(),
            _ => input.attr("value").unwrap_or_default().to_owned(),
        };
        let field = (name.to_owned(), value);
        let to_check = matches!(input.attr("type"), Some("checkbox" | "radio"));
        if to_check && input.attr("checked").is_none() {
            self.boxes.push(field);
        } else {
            self.fields.push(field);
        }
    }

    /// Replaces a field's value.
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(field, _)| field == name);
        let field = field.unwrap_or_else(|| panic!("the form has no field {name}"));
        value.clone_into(&mut field.1);
        self
    }

    /// Checks checkboxes of the page.
    pub fn check<S: AsRef<str>>(mut self, ids: &[S]) -> Self {
        for id in ids {
            let place = self
                .boxes
                .iter()
                .position(|(_, value)| value == id.as_ref());
            let place = place.unwrap_or_else(|| panic!("{} is not offered", id.as_ref()));
            self.fields.push(self.boxes.remove(place));
        }
        self
    }

    /// Sent by a button that leads elsewhere than the form.
    pub fn to(mut self, action: &str) -> Self {
        action.clone_into(&mut self.action);
        self
    }

    /// Adds a field that the page does not offer.
    pub fn smuggle(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(field, _)| field != name);
        self
    }

    pub fn value(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value.as_str())
    }

    /// All values with that name.
    pub fn values(&self, name: &str) -> Vec<&str> {
        let fields = self.fields.iter().filter(|(field, _)| field == name);
        fields.map(|(_, value)| value.as_str()).collect()
    }
}

/// A select's default value.
fn chosen(select: ElementRef<'_>) -> String {
    let options: Vec<_> = select.select(&parse("option")).collect();
    let mut selected = options
        .iter()
        .filter(|option| option.attr("selected").is_some());
    let chosen = selected.next().or(options.first());
    // A browser takes the last of several.
    assert!(selected.next().is_none(), "several are selected");
    let chosen = chosen.and_then(|chosen| chosen.attr("value"));
    chosen.unwrap_or_default().to_owned()
}

pub fn parse(selector: &str) -> Selector {
    Selector::parse(selector).expect("a selector")
}

/// An element's words, as they are read: white space is one blank.
pub fn words(element: ElementRef<'_>) -> String {
    let text: String = element.text().collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
