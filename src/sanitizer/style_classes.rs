//! Upstream styles as a fixed set of classes: shading, alignment, emphasis.

use super::{
    color::{Hue, hue},
    tokenizer::Tag,
};

/// Every class of sanitized HTML; `static/css` styles them.
pub const CLASSES: [&str; 28] = [
    // Preserves white space.
    "an-text",
    // The scrolling box around a table.
    "an-scroll",
    // The alternative text of an image that is not allowed.
    "an-no-image",
    "an-left",
    "an-center",
    "an-right",
    "an-justify",
    "an-top",
    "an-middle",
    "an-bottom",
    "an-bold",
    "an-italic",
    "an-underline",
    "an-strike",
    // Backgrounds: a light gray, a dark one, and hues.
    "an-shade",
    "an-shade-strong",
    "an-shade-red",
    "an-shade-orange",
    "an-shade-yellow",
    "an-shade-green",
    "an-shade-blue",
    "an-shade-purple",
    // Colors of text.
    "an-red",
    "an-orange",
    "an-yellow",
    "an-green",
    "an-blue",
    "an-purple",
];

type Class = Option<&'static str>;

/// The classes of one element, at most one of each kind.
#[derive(Debug, Default)]
pub struct StyleClasses {
    space: Class,
    align: Class,
    vertical_align: Class,
    bold: Class,
    italic: Class,
    underline: Class,
    strike: Class,
    shade: Class,
    color: Class,
}

impl StyleClasses {
    /// From a tag's name, attributes and styles. Sizes, positions and all else are dropped.
    pub fn from_tag(tag: &Tag<'_>) -> Self {
        let mut classes = Self::default();
        match tag.element.name {
            "center" => classes.align = Some("an-center"),
            "mark" => classes.shade = Some("an-shade-yellow"),
            _ => {}
        }
        for (attribute, property) in [
            ("align", "text-align"),
            ("valign", "vertical-align"),
            ("bgcolor", "background-color"),
            ("color", "color"),
        ] {
            // On a table `align` floats the box.
            if (tag.element.name, attribute) != ("table", "align")
                && let Some(value) = tag.attribute(attribute)
            {
                classes.declare(property, value);
            }
        }
        for declaration in tag.attribute("style").unwrap_or_default().split(';') {
            if let Some((property, value)) = declaration.split_once(':') {
                classes.declare(property.trim(), value);
            }
        }
        classes
    }

    /// Preserves white space.
    pub fn verbatim() -> Self {
        Self {
            space: Some("an-text"),
            ..Self::default()
        }
    }

    pub fn is_verbatim(&self) -> bool {
        self.space.is_some()
    }

    pub fn is_shaded(&self) -> bool {
        self.shade.is_some()
    }

    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        let all = [
            self.space,
            self.align,
            self.vertical_align,
            self.bold,
            self.italic,
            self.underline,
            self.strike,
            self.shade,
            self.color,
        ];
        all.into_iter().flatten()
    }

    /// Later declarations win, as in CSS; unknown values change nothing.
    fn declare(&mut self, property: &str, value: &str) {
        let is = |name: &str| property.eq_ignore_ascii_case(name);
        if is("background-color") || is("background") {
            if let Some(hue) = hue(value) {
                self.shade = shade(hue);
            }
        } else if is("color") {
            if let Some(hue) = hue(value) {
                self.color = text_color(hue);
            }
        } else if KEYWORDS.iter().any(|name| is(name)) {
            let (property, value) = (property.to_ascii_lowercase(), value.to_ascii_lowercase());
            let keywords = value.split(|c: char| c.is_ascii_whitespace() || c == '!');
            let mut keywords = keywords.filter(|keyword| !keyword.is_empty());
            if property.starts_with("text-decoration") {
                keywords.for_each(|keyword| self.decorate(keyword));
            } else if let Some(keyword) = keywords.next() {
                self.set(&property, keyword);
            }
        }
    }

    fn decorate(&mut self, keyword: &str) {
        match keyword {
            "underline" => self.underline = Some("an-underline"),
            "line-through" => self.strike = Some("an-strike"),
            _ => {}
        }
    }

    fn set(&mut self, property: &str, keyword: &str) {
        match (property, keyword) {
            ("text-align", "left" | "start") => self.align = Some("an-left"),
            ("text-align", "center" | "middle" | "-webkit-center") => {
                self.align = Some("an-center");
            }
            ("text-align", "right" | "end") => self.align = Some("an-right"),
            ("text-align", "justify") => self.align = Some("an-justify"),
            ("vertical-align", "top") => self.vertical_align = Some("an-top"),
            ("vertical-align", "middle") => self.vertical_align = Some("an-middle"),
            ("vertical-align", "bottom") => self.vertical_align = Some("an-bottom"),
            ("font-weight", "bold" | "bolder" | "600" | "700" | "800" | "900") => {
                self.bold = Some("an-bold");
            }
            ("font-weight", _) => self.bold = None,
            ("font-style", "italic" | "oblique") => self.italic = Some("an-italic"),
            ("white-space", "pre" | "pre-wrap" | "pre-line" | "break-spaces") => {
                self.space = Some("an-text");
            }
            _ => {}
        }
    }
}

/// Properties with keyword values.
const KEYWORDS: [&str; 7] = [
    "text-align",
    "vertical-align",
    "font-weight",
    "font-style",
    "white-space",
    "text-decoration",
    "text-decoration-line",
];

fn shade(hue: Hue) -> Class {
    match hue {
        Hue::Blank => None,
        Hue::LightGray => Some("an-shade"),
        Hue::Gray | Hue::Black => Some("an-shade-strong"),
        Hue::Red => Some("an-shade-red"),
        Hue::Orange => Some("an-shade-orange"),
        Hue::Yellow => Some("an-shade-yellow"),
        Hue::Green => Some("an-shade-green"),
        Hue::Blue => Some("an-shade-blue"),
        Hue::Purple => Some("an-shade-purple"),
    }
}

/// White and gray text is common on dark backgrounds, which are dropped: it gets the page's own color.
fn text_color(hue: Hue) -> Class {
    match hue {
        Hue::Blank | Hue::LightGray | Hue::Gray | Hue::Black => None,
        Hue::Red => Some("an-red"),
        Hue::Orange => Some("an-orange"),
        Hue::Yellow => Some("an-yellow"),
        Hue::Green => Some("an-green"),
        Hue::Blue => Some("an-blue"),
        Hue::Purple => Some("an-purple"),
    }
}
