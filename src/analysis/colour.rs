//! Colours of CSS, as far as the hue that a reader sees in them.

/// What a reader calls a colour. The exact one is dropped: in the dark theme it could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hue {
    /// White, or see-through.
    Blank,
    LightGrey,
    Grey,
    Black,
    Red,
    Orange,
    Yellow,
    Green,
    Blue,
    Purple,
}

/// The colour in the value of a property or attribute, the first of several words that is one.
pub fn hue(value: &str) -> Option<Hue> {
    let value = value.trim().to_ascii_lowercase();
    let function = value.find("rgb").or(value.find("hsl"));
    if let Some(start) = function {
        return function_of(&value[start..]);
    }
    value.split_ascii_whitespace().find_map(word)
}

fn word(word: &str) -> Option<Hue> {
    if word == "transparent" {
        return Some(Hue::Blank);
    }
    if let Some((_, hue)) = NAMED.iter().find(|(name, _)| *name == word) {
        return Some(*hue);
    }
    // `bgcolor="EAEAEA"` needs no `#`.
    hexadecimal(word.strip_prefix('#').unwrap_or(word))
}

fn hexadecimal(digits: &str) -> Option<Hue> {
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let width = match digits.len() {
        3 | 4 => 1,
        6 | 8 => 2,
        _ => return None,
    };
    let mut parts = [255; 4];
    for (part, start) in parts.iter_mut().zip((0..digits.len()).step_by(width)) {
        let number = i32::from_str_radix(&digits[start..start + width], 16).ok()?;
        *part = if width == 1 { number * 17 } else { number };
    }
    let [red, green, blue, alpha] = parts;
    Some(of_light([red, green, blue], alpha < 26))
}

/// `rgb(…)`, `rgba(…)`, `hsl(…)`, `hsla(…)`, with commas or blanks.
fn function_of(value: &str) -> Option<Hue> {
    let (name, rest) = value.split_once('(')?;
    let (arguments, _) = rest.split_once(')')?;
    let mut numbers = arguments
        .split(|c: char| c.is_ascii_whitespace() || matches!(c, ',' | '/'))
        .filter(|part| !part.is_empty())
        .map(number);
    let first = [numbers.next()??, numbers.next()??, numbers.next()??];
    let alpha = numbers.next().flatten().map_or(
        1.0,
        |(alpha, percent)| {
            if percent { alpha / 100.0 } else { alpha }
        },
    );
    let light = if name.starts_with("hsl") {
        from_hsl(first.map(|(number, _)| number))
    } else {
        first.map(|(number, percent)| whole(if percent { number * 2.55 } else { number }))
    };
    Some(of_light(light, alpha < 0.1))
}

/// A number, and whether it is in percent.
fn number(part: &str) -> Option<(f64, bool)> {
    let digits = part.trim_end_matches(|c: char| c == '%' || c.is_ascii_alphabetic());
    let number: f64 = digits.parse().ok()?;
    number.is_finite().then_some((number, part.ends_with('%')))
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "clamped to a byte's range before"
)]
fn whole(number: f64) -> i32 {
    number.clamp(0.0, 255.0).round() as i32
}

/// Hue in degrees, saturation and lightness in percent (CSS Color 4, section 7.1).
fn from_hsl([hue, saturation, lightness]: [f64; 3]) -> [i32; 3] {
    let saturation = saturation.clamp(0.0, 100.0) / 100.0;
    let lightness = lightness.clamp(0.0, 100.0) / 100.0;
    let reach = saturation * lightness.min(1.0 - lightness);
    [0.0, 8.0, 4.0].map(|offset| {
        let turn = (offset + hue / 30.0).rem_euclid(12.0);
        let share = (turn - 3.0).min(9.0 - turn).clamp(-1.0, 1.0);
        whole(255.0 * (lightness - reach * share))
    })
}

/// Red, green and blue from 0 to 255.
fn of_light([red, green, blue]: [i32; 3], see_through: bool) -> Hue {
    let high = red.max(green).max(blue);
    let low = red.min(green).min(blue);
    let chroma = high - low;
    if see_through || low >= 0xf7 {
        return Hue::Blank;
    }
    if chroma < 20 {
        return match high {
            0xc8.. => Hue::LightGrey,
            0x61.. => Hue::Grey,
            _ => Hue::Black,
        };
    }
    // The angle on the colour wheel.
    let degrees = if high == red {
        (60 * (green - blue) / chroma).rem_euclid(360)
    } else if high == green {
        60 * (blue - red) / chroma + 120
    } else {
        60 * (red - green) / chroma + 240
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

/// The names that people and editors write.
static NAMED: [(&str, Hue); 44] = [
    ("aqua", Hue::Blue),
    ("black", Hue::Black),
    ("blue", Hue::Blue),
    ("brown", Hue::Red),
    ("crimson", Hue::Red),
    ("cyan", Hue::Blue),
    ("darkblue", Hue::Blue),
    ("darkgray", Hue::Grey),
    ("darkgreen", Hue::Green),
    ("darkgrey", Hue::Grey),
    ("darkorange", Hue::Orange),
    ("darkred", Hue::Red),
    ("dimgray", Hue::Grey),
    ("dimgrey", Hue::Grey),
    ("fuchsia", Hue::Purple),
    ("gainsboro", Hue::LightGrey),
    ("gold", Hue::Yellow),
    ("gray", Hue::Grey),
    ("green", Hue::Green),
    ("grey", Hue::Grey),
    ("indigo", Hue::Purple),
    ("lightblue", Hue::Blue),
    ("lightgray", Hue::LightGrey),
    ("lightgreen", Hue::Green),
    ("lightgrey", Hue::LightGrey),
    ("lightyellow", Hue::Yellow),
    ("lime", Hue::Green),
    ("magenta", Hue::Purple),
    ("maroon", Hue::Red),
    ("navy", Hue::Blue),
    ("olive", Hue::Yellow),
    ("orange", Hue::Orange),
    ("pink", Hue::Red),
    ("purple", Hue::Purple),
    ("red", Hue::Red),
    ("royalblue", Hue::Blue),
    ("silver", Hue::LightGrey),
    ("skyblue", Hue::Blue),
    ("teal", Hue::Blue),
    ("tomato", Hue::Red),
    ("violet", Hue::Purple),
    ("white", Hue::Blank),
    ("whitesmoke", Hue::LightGrey),
    ("yellow", Hue::Yellow),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_a_colour_shows_its_hue() {
        for (written, seen) in [
            ("#eaeaea", Hue::LightGrey),
            ("EAEAEA", Hue::LightGrey),
            ("#fff", Hue::Blank),
            ("#ffffff", Hue::Blank),
            ("rgba(255, 0, 0, 0.0)", Hue::Blank),
            ("#333333", Hue::Black),
            ("rgb(255, 0, 0)", Hue::Red),
            ("rgb(100% 0% 0% / 80%)", Hue::Red),
            ("hsl(0, 75%, 60%)", Hue::Red),
            ("hsl(240, 75%, 60%)", Hue::Blue),
            ("hsl(0, 0%, 90%)", Hue::LightGrey),
            ("#fff2cc", Hue::Yellow),
            ("#e2efda", Hue::Green),
            ("#deebf7 none repeat scroll", Hue::Blue),
            ("Orange !important", Hue::Orange),
            ("#f0f", Hue::Purple),
        ] {
            assert_eq!(hue(written), Some(seen), "{written}");
        }
    }

    #[test]
    fn what_is_no_colour_has_no_hue() {
        for written in [
            "",
            "inherit",
            "url(//a/b.png)",
            "#12",
            "rgb(1,2)",
            "rgb(NaN,1,1)",
            "한국",
        ] {
            assert_eq!(hue(written), None, "{written}");
        }
    }
}
