//! What an element looks like, as classes of ours in place of a stranger's styles.

use super::{
    colour::{Hue, hue},
    source::Tag,
};

/// Every class that the analysis can hold; `static/css` gives each its look.
pub const CLASSES: [&str; 28] = [
    // White space as it was written.
    "an-text",
    // The box around a table, which scrolls to the side on a narrow screen.
    "an-scroll",
    // The words that an image left behind which the portal does not show.
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
    // Backgrounds: a light grey, a dark one, and hues.
    "an-shade",
    "an-shade-strong",
    "an-shade-red",
    "an-shade-orange",
    "an-shade-yellow",
    "an-shade-green",
    "an-shade-blue",
    "an-shade-purple",
    // Colours of text.
    "an-red",
    "an-orange",
    "an-yellow",
    "an-green",
    "an-blue",
    "an-purple",
];

/// Is this a class that darkens or colours the background.
pub fn is_shade(class: &str) -> bool {
    class.starts_with("an-shade")
}

type Class = Option<&'static str>;

#[derive(Default)]
struct Look {
    shade: Class,
    colour: Class,
    align: Class,
    valign: Class,
    bold: Class,
    italic: Class,
    underline: Class,
    strike: Class,
    space: Class,
}

/// The classes that keep what a tag's styles say: shading, alignment, emphasis. Sizes, places and all else end here.
pub fn classes(tag: &Tag<'_>) -> Vec<&'static str> {
    let mut look = Look::default();
    match tag.name {
        "center" => look.align = Some("an-center"),
        "mark" => look.shade = Some("an-shade-yellow"),
        _ => {}
    }
    // On a table `align` says where the box floats.
    if tag.name != "table"
        && let Some(value) = tag.attribute("align")
    {
        look.set("text-align", value);
    }
    for (attribute, property) in [
        ("valign", "vertical-align"),
        ("bgcolor", "background-color"),
        ("color", "color"),
    ] {
        if let Some(value) = tag.attribute(attribute) {
            look.set(property, value);
        }
    }
    for declaration in tag.attribute("style").unwrap_or_default().split(';') {
        if let Some((property, value)) = declaration.split_once(':') {
            look.set(&property.trim().to_ascii_lowercase(), value);
        }
    }
    look.classes()
}

impl Look {
    /// Later ones win, as in CSS; a value that says nothing to us changes nothing.
    fn set(&mut self, property: &str, value: &str) {
        match property {
            "background-color" | "background" => {
                if let Some(hue) = hue(value) {
                    self.shade = shade(hue);
                }
            }
            "color" => {
                if let Some(hue) = hue(value) {
                    self.colour = colour(hue);
                }
            }
            _ => self.set_word(property, &value.to_ascii_lowercase()),
        }
    }

    fn set_word(&mut self, property: &str, value: &str) {
        let mut words = value
            .split(|c: char| c.is_ascii_whitespace() || c == '!')
            .filter(|word| !word.is_empty());
        match property {
            "text-decoration" | "text-decoration-line" => {
                for word in words {
                    match word {
                        "underline" => self.underline = Some("an-underline"),
                        "line-through" => self.strike = Some("an-strike"),
                        _ => {}
                    }
                }
            }
            _ => {
                if let Some(word) = words.next() {
                    self.set_first(property, word);
                }
            }
        }
    }

    fn set_first(&mut self, property: &str, word: &str) {
        match (property, word) {
            ("text-align", "left" | "start") => self.align = Some("an-left"),
            ("text-align", "center" | "middle" | "-webkit-center") => {
                self.align = Some("an-center");
            }
            ("text-align", "right" | "end") => self.align = Some("an-right"),
            ("text-align", "justify") => self.align = Some("an-justify"),
            ("vertical-align", "top") => self.valign = Some("an-top"),
            ("vertical-align", "middle") => self.valign = Some("an-middle"),
            ("vertical-align", "bottom") => self.valign = Some("an-bottom"),
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

    fn classes(self) -> Vec<&'static str> {
        let all = [
            self.space,
            self.align,
            self.valign,
            self.bold,
            self.italic,
            self.underline,
            self.strike,
            self.shade,
            self.colour,
        ];
        all.into_iter().flatten().collect()
    }
}

fn shade(hue: Hue) -> Class {
    match hue {
        Hue::Blank => None,
        Hue::LightGrey => Some("an-shade"),
        Hue::Grey | Hue::Black => Some("an-shade-strong"),
        Hue::Red => Some("an-shade-red"),
        Hue::Orange => Some("an-shade-orange"),
        Hue::Yellow => Some("an-shade-yellow"),
        Hue::Green => Some("an-shade-green"),
        Hue::Blue => Some("an-shade-blue"),
        Hue::Purple => Some("an-shade-purple"),
    }
}

/// White and grey text is common on dark backgrounds, which do not survive: it gets the page's own colour.
fn colour(hue: Hue) -> Class {
    match hue {
        Hue::Blank | Hue::LightGrey | Hue::Grey | Hue::Black => None,
        Hue::Red => Some("an-red"),
        Hue::Orange => Some("an-orange"),
        Hue::Yellow => Some("an-yellow"),
        Hue::Green => Some("an-green"),
        Hue::Blue => Some("an-blue"),
        Hue::Purple => Some("an-purple"),
    }
}
