//! CSS colors, reduced to the hue that a reader sees.

/// The exact color is dropped: the dark theme would make it unreadable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hue {
    /// White, or transparent.
    Blank,
    LightGray,
    Gray,
    Black,
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
}

/// Bytes of one color; longer functions such as `color-mix()` have no hue here.
const MAX_COLOR: usize = 64;

/// The hue of the first color in the value of a property or attribute.
pub fn hue(value: &str) -> Option<Hue> {
    let value = value.trim();
    // A function can hold blanks, and `background` more than a color.
    let function = value.find('(').and_then(|open| {
        let start = value[..open]
            .rfind(char::is_whitespace)
            .map_or(0, |at| at + 1);
        let end = open + value[open..].find(')')?;
        parse(value.get(start..=end)?)
    });
    function.or_else(|| value.split_ascii_whitespace().find_map(parse))
}

fn parse(color: &str) -> Option<Hue> {
    if color.len() > MAX_COLOR {
        return None;
    }
    let color = csscolorparser::parse(color).ok()?;
    Some(classify(color.to_rgba8()))
}

/// Alpha below this is transparent.
const MIN_ALPHA: u8 = 26;

fn classify([red, green, blue, alpha]: [u8; 4]) -> Hue {
    let high = red.max(green).max(blue);
    let low = red.min(green).min(blue);
    let chroma = i32::from(high - low);
    if alpha < MIN_ALPHA || low >= 0xf7 {
        return Hue::Blank;
    }
    if chroma < 20 {
        return match high {
            0xc8.. => Hue::LightGray,
            0x61.. => Hue::Gray,
            _ => Hue::Black,
        };
    }
    let angle = |first: u8, second: u8| 60 * (i32::from(first) - i32::from(second)) / chroma;
    let degrees = if high == red {
        angle(green, blue).rem_euclid(360)
    } else if high == green {
        angle(blue, red) + 120
    } else {
        angle(red, green) + 240
    };
    match degrees {
        0..15 | 345.. => Hue::Red,
        15..44 => Hue::Orange,
        44..70 => Hue::Yellow,
        70..170 => Hue::Green,
        170..260 => Hue::Blue,
        _ => Hue::Purple,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn color_has_its_hue_in_every_notation() {
        for (written, seen) in [
            ("#eaeaea", Hue::LightGray),
            ("EAEAEA", Hue::LightGray),
            ("#fff", Hue::Blank),
            ("#ffffff", Hue::Blank),
            ("transparent", Hue::Blank),
            ("rgba(255, 0, 0, 0.0)", Hue::Blank),
            ("#333333", Hue::Black),
            ("rgb(255, 0, 0)", Hue::Red),
            ("rgb(100% 0% 0% / 80%)", Hue::Red),
            ("hsl(0, 75%, 60%)", Hue::Red),
            ("hsl(240, 75%, 60%)", Hue::Blue),
            ("hsl(0, 0%, 90%)", Hue::LightGray),
            ("#fff2cc", Hue::Yellow),
            ("#e2efda", Hue::Green),
            ("#deebf7 none repeat scroll", Hue::Blue),
            ("#deebf7 url(//a/b.png)", Hue::Blue),
            ("none RGB(0, 0, 255) !important", Hue::Blue),
            ("Orange !important", Hue::Orange),
            ("#f0f", Hue::Purple),
        ] {
            assert_eq!(hue(written), Some(seen), "{written}");
        }
    }

    #[test]
    fn value_without_color_has_no_hue() {
        for written in [
            "",
            "inherit",
            "url(//a/b.png)",
            "#12",
            "rgb(1,2)",
            "rgb(NaN,1,1)",
            "한국",
            "한국(",
            ")(",
            "x\u{3000}(y)",
        ] {
            assert_eq!(hue(written), None, "{written}");
        }
        assert_eq!(hue(&format!("rgb({}", "(".repeat(10_000))), None);
    }
}
