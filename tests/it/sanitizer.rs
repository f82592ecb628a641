//! The sanitizer: text for readers, and safety in a browser's parse.

mod generated;
mod limits;
mod looks;

use scraper::{Html, Selector};
use secmon_portal::sanitizer::{sanitize, title};

use crate::promise::{allowed::check, prove, vectors};

fn clean(source: &str) -> String {
    prove(source).to_string()
}

fn text_of(html: &str) -> String {
    Html::parse_fragment(html).root_element().text().collect()
}

fn texts_of(html: &str, selector: &str) -> Vec<String> {
    let selector = Selector::parse(selector).expect("a selector");
    Html::parse_fragment(html)
        .select(&selector)
        .map(|element| element.text().collect::<String>().trim().to_owned())
        .collect()
}

#[test]
fn table_of_the_guide_keeps_its_header() {
    let html = clean(include_str!("sanitizer/guide.html"));
    let headers = texts_of(
        &html,
        "tr:first-child > th[scope=col].an-shade > p.an-center",
    );
    assert_eq!(headers.len(), 12);
    assert_eq!((&*headers[0], &*headers[11]), ("이름", "공격횟수"));
    let row = texts_of(&html, "tr:nth-child(2) > td:not([class]) > p.an-center");
    assert_eq!(row.len(), 12);
    assert_eq!(
        (&*row[0], &*row[3]),
        ("UDS_Appkey_PIOLINK", "211.58.124.208")
    );
    assert_eq!(
        texts_of(&html, "div.an-scroll td[colspan='12']"),
        ["Total : 1"]
    );
}

#[test]
fn emphasis_links_lists_and_images_stay() {
    let html = clean(concat!(
        "<h1>결과</h1><p align=right><strong>중요</strong> <em>기울임</em> <u>밑줄</u> <s>취소</s></p>",
        "<p><span style='color:#ff0000; font-weight:bold'>위험</span> <font color=blue>참고</font></p>",
        "<ul><li>하나<li>둘</ul><ol><li>셋</li></ol><dl><dt>가<dd>나</dl>",
        "<p><a href='https://example.com/a?b=1&amp;c=2'>링크</a></p>",
        "<p><img alt='그림' src='data:image/png;base64,iVBORw0KGgo='></p>",
        "<blockquote>인용</blockquote><pre>\n  GET /</pre><code>x</code>",
    ));
    insta::assert_snapshot!(html.replace("><", ">\n<"), @r#"
    <h3>결과</h3>
    <p class="an-right">
    <strong>중요</strong> <em>기울임</em> <u>밑줄</u> <s>취소</s>
    </p>
    <p>
    <span class="an-bold an-red">위험</span> <span class="an-blue">참고</span>
    </p>
    <ul>
    <li>하나</li>
    <li>둘</li>
    </ul>
    <ol>
    <li>셋</li>
    </ol>
    <dl>
    <dt>가</dt>
    <dd>나</dd>
    </dl>
    <p>
    <a href="https://example.com/a?b=1&amp;c=2" target="_blank" rel="noopener noreferrer nofollow">링크</a>
    </p>
    <p>
    <img src="data:image/png;base64,iVBORw0KGgo=" alt="그림">
    </p>
    <blockquote>인용</blockquote>
    <pre>  GET /</pre>
    <code>x</code>
    "#);
}

#[test]
fn removed_image_leaves_its_alternative_text() {
    let html = clean("<p>앞 <img src='https://evil.example/a.png' alt='화면 &lt;1&gt;'> 뒤</p>");
    assert_eq!(
        html,
        "<p>앞 <span class=\"an-no-image\">화면 &lt;1&gt;</span> 뒤</p>"
    );
}

#[test]
fn plain_text_stays_the_same_text() {
    for text in [
        "TEST 티켓 처리 완료",
        "a < b && c > d",
        "x&y",
        "1<2",
        "위험도 <High> 탐지",
        "첫 줄\n둘째 줄\n\n  들여쓰기",
        "GET /?a=1&copy=2&lt=3 from <10.0.0.1>",
        "if (i <b && c> d) { <?php system('id'); ?> }",
        "C:\\<user@example.com> \"quoted\" 'single' `back`",
        "<x onclick=alert(1)> <foo:bar/> </High> <>",
        "{{7*7}} ${x}",
    ] {
        assert_eq!(text_of(&clean(text)), text);
    }
}

#[test]
fn unknown_tags_stay_as_words_between_real_ones() {
    let html = clean("<p>위험도 <High> 탐지 <b>중</b> <?php eval($_POST[1]); ?></p>");
    assert_eq!(
        text_of(&html),
        "위험도 <High> 탐지 중 <?php eval($_POST[1]); ?>"
    );
    let html = clean("<p class=MsoNormal><o:p>&nbsp;</o:p><![if !supportLists]>가<![endif]></p>");
    assert_eq!(html, "<p>&nbsp;가</p>");
}

#[test]
fn unclosed_tag_hides_no_text_after_it() {
    for start in [
        "<!--",
        "<script>",
        "<style>",
        "<textarea>",
        "<svg>",
        "<template>",
        "<p title=\"",
        "<plaintext>",
    ] {
        let html = clean(&format!("<p>앞</p>{start}<p>뒤</p>"));
        assert!(text_of(&html).contains('뒤'), "{start}: {html}");
    }
}

#[test]
fn part_is_empty_when_nothing_in_it_is_visible() {
    for source in [
        "",
        " \r\n",
        "<p></p>",
        "<p>&nbsp;</p>\r\n",
        "<table><td></table>",
        "<br>\u{200b}",
        "<script>x</script>",
    ] {
        assert!(sanitize(source).is_empty(), "{source:?}");
    }
    for source in [
        "0",
        "<p>x</p>",
        "&lt;",
        "<img src=x>",
        "<img src='data:image/png;base64,AAAA'>",
    ] {
        assert!(!sanitize(source).is_empty(), "{source:?}");
    }
}

#[test]
fn template_prints_sanitized_html_unescaped() {
    #[derive(askama::Template)]
    #[template(source = "{{ html }}|{{ html.as_str() }}", ext = "html")]
    struct Page {
        html: secmon_portal::sanitizer::SafeHtml,
    }
    let html = sanitize("<b>x</b>");
    let page = askama::Template::render(&Page { html }).expect("a page");
    assert_eq!(page, "<b>x</b>|&#60;b&#62;x&#60;/b&#62;");
}

/// Else the tests below would prove nothing.
#[test]
fn checker_detects_disallowed_markup() {
    for html in [
        "<p id=x>y</p>",
        "<p class=modal>y</p>",
        "<p style=color:red>y</p>",
        "<img src=x onerror=alert(1)>",
        "<a href=javascript:alert(1)>x</a>",
        "<script>alert(1)</script>",
        "<svg></svg>",
        "<td>x<table><td colspan=1000>y</table>",
        "<!-- x -->",
    ] {
        assert!(
            std::panic::catch_unwind(|| check(html, html)).is_err(),
            "{html}"
        );
    }
}

#[test]
fn vectors_leave_only_allowed_markup() {
    for source in vectors::all() {
        prove(source);
        // Within usual upstream markup, and within elements that a tag could close.
        prove(&format!("<table><tr><td><p>{source}</p></td></tr></table>"));
        prove(&format!("<p title=\"{source}\">x</p>{source}"));
    }
}

#[test]
fn title_is_plain_text() {
    for (source, words) in [
        ("Log4Shell_Attempt", "Log4Shell_Attempt"),
        ("a < b && c > d", "a < b && c > d"),
        ("<h1>웹쉘</h1><p>업로드 <b>시도</b></p>", "웹쉘 업로드 시도"),
        ("<table><tr><td>a<td>b</table>", "a b"),
        ("&lt;b&gt; <i>x</i>", "<b> x"),
        ("<img src=x alt='화면'>", "화면"),
        ("<img src='data:image/png;base64,AAAA'>", ""),
        ("<p>&nbsp;</p>", ""),
    ] {
        let html = title(source);
        assert_eq!(text_of(html.as_str()).trim(), words);
        assert_eq!(html.is_empty(), words.is_empty(), "{source}");
        prove(source);
    }
}

#[test]
fn upstream_class_is_dropped_even_if_it_is_known() {
    let html = sanitize("<p class='an-shade an-center'>x</p>");
    assert_eq!(html.as_str(), "<p>x</p>");
}

#[test]
fn first_row_is_a_header_when_all_of_it_is_shaded() {
    for (rows, headers) in [
        ("<tr><td bgcolor=#eee>a<td bgcolor=#ddd>b<tr><td>c", 2),
        ("<tr bgcolor=#eee><td>a<td>b<tr><td>c", 2),
        ("<thead><tr><th>a<tbody><tr><th>b<td>c", 1),
        ("<tr><td bgcolor=#eee>a<td>b<tr><td>c", 0),
        ("<tr><td bgcolor=#fff>a<tr><td>c", 0),
        ("<tr><td bgcolor=#eee>only", 0),
        (
            "<tr><td bgcolor=#eee><table><tr><td bgcolor=#eee>a<tr><td>b</table><tr><td>c",
            2,
        ),
    ] {
        let html = clean(&format!("<table>{rows}</table>"));
        assert_eq!(html.matches("<th scope=\"col\"").count(), headers, "{html}");
    }
}

#[test]
fn plain_text_separates_cells_and_blocks() {
    for (source, text) in [
        (
            "<table><tr><td>a<td>b<tr><td>c&amp;&lt;d</table>e",
            "a b\nc&<d\ne",
        ),
        (
            "<p>가<b>나</b></p><ul><li>다<li>라</ul>마<br>바",
            "가나\n다\n라\n마\n바",
        ),
        ("a  b\n c", "a  b\n c"),
        ("<td>&nbsp;x</td><img src=y alt='z'>", "\u{a0}xz"),
    ] {
        assert_eq!(sanitize(source).plain_text(), text);
    }
}
