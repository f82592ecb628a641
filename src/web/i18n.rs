//! The portal's words in the reader's locale: one Fluent catalogue for each.

use std::sync::LazyLock;

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};

/// A language that the portal speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Locale {
    Korean,
    English,
}

type Catalogue = FluentBundle<FluentResource>;

static KOREAN: LazyLock<Catalogue> =
    LazyLock::new(|| catalogue("ko", include_str!("../../locales/ko.ftl")));
static ENGLISH: LazyLock<Catalogue> =
    LazyLock::new(|| catalogue("en", include_str!("../../locales/en.ftl")));

/// A catalogue is part of the program: one that cannot be read fails the first test.
fn catalogue(language: &str, text: &str) -> Catalogue {
    let resource = FluentResource::try_new(text.to_owned())
        .unwrap_or_else(|(_, errors)| panic!("the catalogue {language} is broken: {errors:?}"));
    let id = language.parse().expect("a language identifier");
    let mut bundle = FluentBundle::new_concurrent(vec![id]);
    // The marks that isolate directions are of no use in two left-to-right languages, and would
    // travel along when a text is copied.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| separated(value)));
    bundle
        .add_resource(resource)
        .unwrap_or_else(|errors| panic!("the catalogue {language} says a thing twice: {errors:?}"));
    bundle
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

    /// What a browser's `Accept-Locale` asks for; Korean when it asks for neither.
    #[must_use]
    pub fn accepted(header: &str) -> Self {
        accept_language::parse_with_quality(header)
            .iter()
            .filter(|(_, quality)| *quality > 0.0)
            .find_map(|(tag, _)| Self::of_tag(tag))
            .unwrap_or(Self::Korean)
    }

    /// `ko-KR` asks for Korean as `ko` does; `*` for what there is, which is Korean first.
    fn of_tag(tag: &str) -> Option<Self> {
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

    /// Is there a message of that name.
    #[must_use]
    pub fn knows(self, id: &str) -> bool {
        self.catalogue().has_message(id)
    }

    /// The message of that name.
    #[must_use]
    pub fn t(self, id: &str) -> String {
        self.format(id, None)
    }

    /// The message of that name, with its arguments.
    #[must_use]
    pub fn t_with<V: Argument>(self, id: &str, arguments: &[(&'static str, V)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in arguments {
            args.set(*name, value.to_fluent());
        }
        self.format(id, Some(&args))
    }

    fn format(self, id: &str, arguments: Option<&FluentArgs<'_>>) -> String {
        let catalogue = self.catalogue();
        let Some(pattern) = catalogue
            .get_message(id)
            .and_then(|get_message| get_message.value())
        else {
            tracing::error!(id, language = self.code(), "a message is missing");
            return id.to_owned();
        };
        let mut errors = Vec::new();
        let text = catalogue
            .format_pattern(pattern, arguments, &mut errors)
            .into_owned();
        if !errors.is_empty() {
            tracing::error!(id, ?errors, "a message could not be said");
        }
        text
    }
}

/// What can stand in a message.
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
    fn the_browser_s_language_counts_and_korean_otherwise() {
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
