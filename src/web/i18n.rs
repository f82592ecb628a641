//! Messages in the user's locale: one Fluent catalog for each.

use std::{
    collections::HashMap,
    fmt::{self, Write as _},
    sync::LazyLock,
};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::Entry;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    Korean,
    English,
}

struct Catalogue {
    bundle: FluentBundle<FluentResource>,
    /// The messages without arguments, formatted once.
    texts: HashMap<String, String>,
}

static KOREAN: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::parse("ko", include_str!("../../locales/ko.ftl")));
static ENGLISH: LazyLock<Catalogue> =
    LazyLock::new(|| Catalogue::parse("en", include_str!("../../locales/en.ftl")));

impl Catalogue {
    /// A catalogue is part of the program: a broken one fails the first test.
    fn parse(language: &str, source: &str) -> Self {
        let resource = FluentResource::try_new(source.to_owned())
            .unwrap_or_else(|(_, errors)| panic!("the catalogue {language} is broken: {errors:?}"));
        let names = resource.entries().filter_map(|entry| match entry {
            Entry::Message(message) => Some(message.id.name.to_owned()),
            _ => None,
        });
        let names: Vec<String> = names.collect();
        let id = language.parse().expect("a language identifier");
        let mut bundle = FluentBundle::new_concurrent(vec![id]);
        // Both languages are left-to-right, and isolating marks would be copied with a text.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(|value, _| separated(value)));
        bundle
            .add_resource(resource)
            .unwrap_or_else(|errors| panic!("the catalogue {language} repeats itself: {errors:?}"));
        let mut catalogue = Self {
            bundle,
            texts: HashMap::new(),
        };
        for name in names {
            if let Ok(text) = catalogue.format(&name, None) {
                catalogue.texts.insert(name, text);
            }
        }
        catalogue
    }

    /// # Errors
    /// When there is no such message, or an argument of it is missing.
    fn format(&self, id: &str, arguments: Option<&FluentArgs<'_>>) -> Result<String, String> {
        let message = self.bundle.get_message(id);
        let pattern = message.and_then(|message| message.value());
        let pattern = pattern.ok_or("no such message")?;
        let mut errors = Vec::new();
        let text = self.bundle.format_pattern(pattern, arguments, &mut errors);
        match errors.as_slice() {
            [] => Ok(text.into_owned()),
            errors => Err(format!("{errors:?}")),
        }
    }
}

/// A whole number from 1,000 on has its thousands set apart, which both languages do alike.
fn separated(value: &FluentValue<'_>) -> Option<String> {
    let FluentValue::Number(number) = value else {
        return None;
    };
    let digits = number.as_string();
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    Some(text)
}

impl Locale {
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Korean => "ko",
            Self::English => "en",
        }
    }

    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "ko" => Some(Self::Korean),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The first locale of an `Accept-Language` header; Korean when it names neither.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        accept_language::parse_with_quality(header)
            .iter()
            .filter(|(_, quality)| *quality > 0.0)
            .find_map(|(tag, _)| Self::from_tag(tag))
            .unwrap_or(Self::Korean)
    }

    /// `ko-KR` means Korean as `ko` does; `*` means the default, Korean.
    fn from_tag(tag: &str) -> Option<Self> {
        let language = tag.split('-').next().unwrap_or_default();
        match language.to_ascii_lowercase().as_str() {
            "*" => Some(Self::Korean),
            code => Self::from_code(code),
        }
    }

    fn catalogue(self) -> &'static Catalogue {
        match self {
            Self::Korean => &KOREAN,
            Self::English => &ENGLISH,
        }
    }

    #[must_use]
    pub fn knows(self, id: &str) -> bool {
        self.catalogue().bundle.has_message(id)
    }

    /// A message without arguments.
    #[must_use]
    pub fn t(self, id: impl fmt::Display) -> &'static str {
        let name = MessageName::new(&id);
        let Some(text) = self.catalogue().texts.get(name.as_str()) else {
            tracing::error!(%id, language = self.code(), "a message is missing");
            return MISSING;
        };
        text
    }

    #[must_use]
    pub fn t_with<V: Argument>(
        self,
        id: impl fmt::Display,
        arguments: &[(&'static str, V)],
    ) -> String {
        let name = MessageName::new(&id);
        let mut args = FluentArgs::with_capacity(arguments.len());
        for (name, value) in arguments {
            args.set(*name, value.to_fluent());
        }
        let text = self.catalogue().format(name.as_str(), Some(&args));
        text.unwrap_or_else(|error| {
            tracing::error!(%id, language = self.code(), error, "a message is missing");
            MISSING.to_owned()
        })
    }
}

/// In place of a message that no catalogue has, which the tests rule out.
const MISSING: &str = "?";

/// A message's name on the stack: a long list needs thousands. Longer names match no message.
struct MessageName {
    bytes: [u8; 64],
    length: usize,
}

impl MessageName {
    fn new(id: &impl fmt::Display) -> Self {
        let (bytes, length) = ([0; 64], 0);
        let mut name = Self { bytes, length };
        let _ = write!(name, "{id}");
        name
    }

    fn as_str(&self) -> &str {
        str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl fmt::Write for MessageName {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.length + part.len();
        let free = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        free.copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// An argument of a message.
pub trait Argument {
    fn to_fluent(&self) -> FluentValue<'static>;
}

impl<T: Argument + ?Sized> Argument for &T {
    fn to_fluent(&self) -> FluentValue<'static> {
        (**self).to_fluent()
    }
}

impl Argument for str {
    fn to_fluent(&self) -> FluentValue<'static> {
        FluentValue::from(self.to_owned())
    }
}

impl Argument for String {
    fn to_fluent(&self) -> FluentValue<'static> {
        self.as_str().to_fluent()
    }
}

macro_rules! number_arguments {
    ($($number:ty),*) => {
        $(impl Argument for $number {
            fn to_fluent(&self) -> FluentValue<'static> {
                FluentValue::from(*self)
            }
        })*
    };
}
number_arguments!(u32, u64, i64, usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_a_message_is_what_fluent_formats() {
        for locale in [Locale::Korean, Locale::English] {
            let catalogue = locale.catalogue();
            assert!(catalogue.texts.len() > 300);
            for id in catalogue.texts.keys() {
                let formatted = catalogue.format(id, Some(&FluentArgs::new()));
                assert_eq!(formatted.as_deref(), Ok(locale.t(id)), "{id}");
            }
            assert!(!catalogue.texts.contains_key("page-of"), "it has arguments");
            assert_eq!(locale.t("no-such-message"), MISSING);
        }
    }

    #[test]
    fn accepted_language_is_the_browser_s_or_korean() {
        for (header, locale) in [
            ("en-US,en;q=0.9,ko;q=0.5", Locale::English),
            ("ko-KR,ko;q=0.9,en;q=0.5", Locale::Korean),
            ("de-DE,en;q=0.5", Locale::English),
            ("fr", Locale::Korean),
            ("", Locale::Korean),
            ("en;q=0.1,ko;q=0.8", Locale::Korean),
            ("ko-KR,en;q=0.8", Locale::Korean),
            ("en-GB", Locale::English),
            ("EN-us,ko-KR;q=0.9", Locale::English),
            ("ko;q=0,en-US;q=0.1", Locale::English),
            ("*,en;q=0.5", Locale::Korean),
        ] {
            assert_eq!(Locale::accepted(header), locale, "{header}");
        }
    }

    #[test]
    fn large_numbers_have_their_thousands_set_apart() {
        for (number, said) in [
            (0_u32, "0"),
            (999, "999"),
            (1_734, "1,734"),
            (1_048_575, "1,048,575"),
        ] {
            for locale in [Locale::Korean, Locale::English] {
                assert_eq!(locale.t_with("number", &[("n", number)]), said);
            }
        }
    }
}
