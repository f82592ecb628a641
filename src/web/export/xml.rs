//! The XML of a workbook: its fixed parts, rows and cells.

use std::{borrow::Cow, fmt::Write as _};

use unicode_segmentation::UnicodeSegmentation as _;

const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

/// The styles of [`styles`], by their position.
#[derive(Debug, Clone, Copy)]
pub(super) enum Style {
    /// Stays text when somebody edits it.
    Text = 1,
    Bold = 2,
}

/// Every sheet is a part with the default type of `xml`: how many there will be is not known yet.
pub(super) fn content_types() -> String {
    let kind = "application/vnd.openxmlformats-officedocument.spreadsheetml";
    format!(
        r#"{DECLARATION}<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="{kind}.worksheet+xml"/><Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/></Types>"#
    )
}

pub(super) fn package_relationships() -> String {
    relationships([("officeDocument", "xl/workbook.xml".to_owned())])
}

/// The list's sheets, and the one that describes them.
pub(super) fn workbook_relationships(sheets: u32) -> String {
    let sheets =
        (1..=sheets + 1).map(|number| ("worksheet", format!("worksheets/sheet{number}.xml")));
    relationships(sheets.chain([("styles", "styles.xml".to_owned())]))
}

fn relationships(targets: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let mut xml = format!(r#"{DECLARATION}<Relationships xmlns="{PACKAGE}/relationships">"#);
    for (id, (kind, target)) in (1..).zip(targets) {
        let _ = write!(
            xml,
            r#"<Relationship Id="rId{id}" Type="{OFFICE}/{kind}" Target="{target}"/>"#
        );
    }
    xml + "</Relationships>"
}

pub(super) fn styles() -> String {
    let format = |number: u32, font: u32| {
        format!(
            r#"<xf numFmtId="{number}" fontId="{font}" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>"#
        )
    };
    let font = r#"<sz val="11"/><name val="Calibri"/>"#;
    // 49 is the number format "text".
    let (plain, text, bold) = (format(0, 0), format(49, 0), format(49, 1));
    format!(
        r#"{DECLARATION}<styleSheet xmlns="{MAIN}"><fonts count="2"><font>{font}</font><font><b/>{font}</font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="3">{plain}{text}{bold}</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"#
    )
}

/// The first name is that of the last sheet, which is written when all others are.
pub(super) fn workbook(names: &[String]) -> String {
    let mut xml = format!(r#"{DECLARATION}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>"#);
    let ids = std::iter::once(names.len()).chain(1..);
    for (id, name) in ids.zip(names) {
        let name = escape(name);
        let _ = write!(
            xml,
            r#"<sheet name="{name}" sheetId="{id}" r:id="rId{id}"/>"#
        );
    }
    xml + "</sheets></workbook>"
}

/// The sheet that describes the file: a label and its value in each row.
pub(super) fn about_sheet(facts: &[[String; 2]]) -> String {
    let mut xml = format!(
        r#"{DECLARATION}<worksheet xmlns="{MAIN}"><cols><col min="1" max="1" width="24" customWidth="1"/><col min="2" max="2" width="90" customWidth="1"/></cols><sheetData>"#
    );
    for (number, fact) in (1..).zip(facts) {
        xml += &row(number, fact, Style::Text);
    }
    xml + "</sheetData></worksheet>"
}

/// What stands before the rows: the first one stays in view.
pub(super) fn sheet_start(columns: usize) -> String {
    format!(
        r#"{DECLARATION}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols><col min="1" max="{columns}" width="22" customWidth="1"/></cols><sheetData>"#
    )
}

/// What stands after them: every column has a filter.
pub(super) fn sheet_end(columns: usize, rows: u32) -> String {
    let last = column_name(columns.saturating_sub(1));
    format!(r#"</sheetData><autoFilter ref="A1:{last}{rows}"/></worksheet>"#)
}

pub(super) fn row(number: u32, cells: &[String], style: Style) -> String {
    let style = style as u8;
    let mut xml = format!(r#"<row r="{number}">"#);
    for (column, cell) in cells
        .iter()
        .enumerate()
        .filter(|(_, cell)| !cell.is_empty())
    {
        let place = column_name(column);
        let text = escape(cell);
        let _ = write!(
            xml,
            r#"<c r="{place}{number}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>"#
        );
    }
    xml + "</row>"
}

/// `A` to `Z`, `AA` and so on.
pub(super) fn column_name(mut column: usize) -> String {
    let mut name = String::new();
    loop {
        let letter = u8::try_from(column % 26).unwrap_or_default();
        name.insert(0, char::from(b'A' + letter));
        if column < 26 {
            return name;
        }
        column = column / 26 - 1;
    }
}

/// Whether the text has more than `max` UTF-16 units.
pub(super) fn is_longer(text: &str, max: usize) -> bool {
    // No character takes more units than bytes.
    text.len() > max && text.encode_utf16().count() > max
}

/// The text in pieces of at most `max` UTF-16 units, split between characters as people see them where that is possible.
pub(super) fn pieces(text: &str, max: usize) -> Vec<&str> {
    let ends = text.grapheme_indices(true).flat_map(|(start, cluster)| {
        let is_whole = cluster.len() <= max;
        let ends = cluster.char_indices().map(move |(at, _)| start + at);
        ends.filter(move |at| *at == start || !is_whole)
    });
    let mut pieces = Vec::new();
    let (mut start, mut end, mut units) = (0, 0, 0);
    for next in ends.skip(1).chain([text.len()]) {
        let size = text[end..next].encode_utf16().count();
        if units + size > max {
            pieces.push(&text[start..end]);
            (start, units) = (end, 0);
        }
        (end, units) = (next, units + size);
    }
    pieces.push(&text[start..]);
    pieces
}

/// Text as XML holds it. Excel writes a character that XML cannot hold as `_x` with its number, and so also an underscore
/// that would be read as the beginning of such a one.
fn escape(text: &str) -> Cow<'_, str> {
    let is_special = |c: char| {
        matches!(c, '&' | '<' | '>' | '"' | '_' | '\u{fffe}' | '\u{ffff}')
            || c.is_control() && !matches!(c, '\n' | '\t')
    };
    if !text.contains(is_special) {
        return text.into();
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for (at, c) in text.char_indices() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '_' if begins_escape(&text[at..]) => escaped.push_str("_x005F_"),
            c if c != '_' && is_special(c) => {
                let _ = write!(escaped, "_x{:04X}_", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped.into()
}

/// Is it like `_x0041_`.
fn begins_escape(text: &str) -> bool {
    let digits = text.as_bytes().get(2..6);
    text.starts_with("_x")
        && digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
        && text.as_bytes().get(6) == Some(&b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_named_as_in_a_spreadsheet() {
        for (column, name) in [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")] {
            assert_eq!(column_name(column), name);
        }
    }

    #[test]
    fn long_text_is_split_between_visible_characters() {
        let family = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";
        for cluster in ["a", "가", "\u{1f525}", family, "e\u{301}"] {
            let long = cluster.repeat(4000);
            let parts = pieces(&long, 1000);
            assert_eq!(parts.concat(), long);
            let is_whole =
                |part: &&str| part.replace(cluster, "").is_empty() && !is_longer(part, 1000);
            assert!(parts.iter().all(is_whole), "{cluster}");
            assert_eq!(pieces(cluster, 1000), [cluster]);
        }
        let one_cluster = format!("a{}", "\u{301}".repeat(2500));
        let parts = pieces(&one_cluster, 1000);
        assert_eq!((parts.len(), parts.concat()), (3, one_cluster.clone()));
        assert_eq!(pieces("", 1000), [""]);
    }

    #[test]
    fn every_character_has_its_place_in_xml() {
        for (text, xml) in [
            ("관제 <&>\"\n\t", "관제 &lt;&amp;&gt;&quot;\n\t"),
            ("a\0b\u{1}\r\u{7f}", "a_x0000_b_x0001__x000D__x007F_"),
            ("\u{fffe}\u{ffff}\u{85}", "_xFFFE__xFFFF__x0085_"),
            ("_x0041_ _x_ a_b _xé041_", "_x005F_x0041_ _x_ a_b _xé041_"),
        ] {
            assert_eq!(escape(text), xml);
        }
    }
}
