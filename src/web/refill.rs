//! Fills in a form of one of our own pages with what was typed before.
//!
//! It works on the finished page, so that it holds for every form there is: no page knows of it.

use scraper::{
    ElementRef, Html, Node, Selector, StrTendril,
    node::{Element, Text},
};

/// Hidden fields that say nothing of what a form is about.
const BESIDE: [&str; 4] = ["token", "confirm", "back", "next"];

/// The page with its form for that address filled in, or `None` when it has none. Passwords stay
/// empty, and what stands in hidden fields is the page's own.
#[must_use]
pub fn refilled(page: &str, action: &str, typed: &[(String, String)]) -> Option<String> {
    let mut html = Html::parse_document(page);
    let form = form_for(&html, action, typed)?;
    let controls = controls(&html, &form);
    let folded: Vec<_> = form
        .ancestors()
        .filter_map(ElementRef::wrap)
        .filter(|it| it.value().name() == "details")
        .map(|it| it.id())
        .collect();
    let mut left = typed.to_vec();
    for id in controls {
        fill(&mut html, id, &mut left);
    }
    for id in folded {
        change(&mut html, id, |details| set(details, "open", ""));
    }
    Some(html.html())
}

/// The form that is sent there; of several the one that is about the same thing.
fn form_for<'a>(
    html: &'a Html,
    action: &str,
    typed: &[(String, String)],
) -> Option<ElementRef<'a>> {
    let forms = selector("form[method=post]")?;
    let hidden = selector("input[type=hidden]")?;
    let path = |address: &str| address.split('?').next().unwrap_or_default().to_owned();
    let leads_there = |form: &ElementRef<'_>| {
        let its = form.value().attr("action");
        its.is_some_and(|its| path(its) == path(action))
    };
    let is_typed = |field: ElementRef<'_>| {
        let name = field.value().attr("name").unwrap_or_default();
        let value = field.value().attr("value").unwrap_or_default();
        BESIDE.contains(&name) || typed.iter().any(|(its, said)| its == name && said == value)
    };
    let forms: Vec<ElementRef<'a>> = html.select(&forms).filter(leads_there).collect();
    let same = forms.iter().find(|it| it.select(&hidden).all(is_typed));
    same.or(forms.first()).copied()
}

/// What belongs to the form: in it, or tied to it from elsewhere.
fn controls(html: &Html, form: &ElementRef<'_>) -> Vec<ego_tree::NodeId> {
    let Some(controls) = selector("input, select, textarea") else {
        return Vec::new();
    };
    let belongs = |control: &ElementRef<'_>| match control.value().attr("form") {
        Some(owner) => form.value().attr("id") == Some(owner),
        None => control.ancestors().any(|it| it.id() == form.id()),
    };
    let found = html.select(&controls).filter(belongs);
    found.map(|it| it.id()).collect()
}

/// Puts into a control what was typed there, and takes that from what is left.
fn fill(html: &mut Html, id: ego_tree::NodeId, left: &mut Vec<(String, String)>) {
    let Some(control) = html.tree.get(id).and_then(ElementRef::wrap) else {
        return;
    };
    let element = control.value();
    let (name, own) = (element.attr("name"), element.attr("value"));
    let (Some(name), own) = (name, own.unwrap_or_default()) else {
        return;
    };
    match (element.name(), element.attr("type").unwrap_or("text")) {
        ("input", "hidden" | "password" | "submit" | "file") => {}
        ("input", "checkbox" | "radio") => {
            let is_it = |(its, said): &(String, String)| its == name && said == own;
            let is_checked = left.iter().any(is_it);
            change(html, id, |input| mark(input, "checked", is_checked));
        }
        ("input", _) => {
            if let Some(said) = take(left, name) {
                change(html, id, |input| set(input, "value", &said));
            }
        }
        ("textarea", _) => {
            if let Some(said) = take(left, name) {
                write(html, id, &said);
            }
        }
        _ => {
            if let Some(said) = take(left, name) {
                choose(html, id, &said);
            }
        }
    }
}

fn take(left: &mut Vec<(String, String)>, name: &str) -> Option<String> {
    let place = left.iter().position(|(its, _)| its == name)?;
    Some(left.remove(place).1)
}

/// The option with that value, unless it is not offered any more.
fn choose(html: &mut Html, select: ego_tree::NodeId, said: &str) {
    let Some((select, options)) = html
        .tree
        .get(select)
        .and_then(ElementRef::wrap)
        .zip(selector("option"))
    else {
        return;
    };
    let offered: Vec<_> = select
        .select(&options)
        .map(|it| (it.id(), it.value().attr("value") == Some(said)))
        .collect();
    if offered.iter().any(|(_, is_it)| *is_it) {
        for (id, is_it) in offered {
            change(html, id, |option| mark(option, "selected", is_it));
        }
    }
}

fn write(html: &mut Html, textarea: ego_tree::NodeId, said: &str) {
    let Some(mut area) = html.tree.get_mut(textarea) else {
        return;
    };
    while let Some(mut child) = area.first_child() {
        child.detach();
    }
    let text = StrTendril::from(said);
    area.append(Node::Text(Text { text }));
}

fn change(html: &mut Html, id: ego_tree::NodeId, by: impl FnOnce(&mut Element)) {
    if let Some(mut node) = html.tree.get_mut(id)
        && let Node::Element(element) = node.value()
    {
        by(element);
    }
}

fn mark(element: &mut Element, name: &str, is_it: bool) {
    if is_it {
        set(element, name, "");
    } else {
        element.attrs.retain(|(its, _)| &*its.local != name);
    }
}

fn set(element: &mut Element, name: &str, value: &str) {
    let value = StrTendril::from(value);
    let present = element
        .attrs
        .iter_mut()
        .find(|(its, _)| &*its.local == name);
    if let Some((_, its)) = present {
        *its = value;
        return;
    }
    // A name as the parser makes it; they are kept in order.
    let made = Html::parse_fragment(&format!("<input {name}>"));
    let mut inputs = made.tree.values().filter_map(Node::as_element);
    let attribute = inputs.find_map(|it| it.attrs.iter().find(|(its, _)| &*its.local == name));
    if let Some((name, _)) = attribute {
        element.attrs.push((name.clone(), value));
        element.attrs.sort_by(|one, other| one.0.cmp(&other.0));
    }
}

fn selector(text: &str) -> Option<Selector> {
    Selector::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fields: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        fields.iter().map(own).collect()
    }

    fn body(page: &str) -> &str {
        let (_, body) = page.split_once("<body>").expect("has a body");
        body.split_once("</body>").expect("has an end").0
    }

    #[test]
    fn every_kind_of_field_is_filled_but_passwords_and_hidden_ones() {
        let page = r#"<!DOCTYPE html><p>x</p><details><form method="post" action="/a?x=1" id="f"><input type="hidden" name="token" value="new"><input name="name"><input name="old" type="password"><select name="role"><option value="a" selected>A</option><option value="b">B</option></select><input type="checkbox" name="id" value="1" checked><input type="checkbox" name="id" value="2"><button name="go" value="yes">Go</button></form></details><textarea name="why" form="f">none</textarea>"#;
        let typed = typed(&[
            ("token", "old"),
            ("name", "\"<b>&"),
            ("old", "secret"),
            ("role", "b"),
            ("id", "2"),
            ("why", "</textarea><b>"),
        ]);
        let filled = refilled(page, "/a?ask=yes", &typed).expect("is there");
        assert_eq!(
            body(&filled),
            r#"<p>x</p><details open=""><form action="/a?x=1" id="f" method="post"><input name="token" type="hidden" value="new"><input name="name" value="&quot;&lt;b&gt;&amp;"><input name="old" type="password"><select name="role"><option value="a">A</option><option selected="" value="b">B</option></select><input name="id" type="checkbox" value="1"><input checked="" name="id" type="checkbox" value="2"><button name="go" value="yes">Go</button></form></details><textarea form="f" name="why">&lt;/textarea&gt;&lt;b&gt;</textarea>"#
        );
        assert_eq!(refilled(page, "/b", &typed), None);
    }

    #[test]
    fn of_several_forms_the_one_about_the_same_thing_is_filled() {
        let row = |user: &str| {
            format!(
                r#"<form method="post" action="/role"><input type="hidden" name="user" value="{user}"><input name="role"></form>"#
            )
        };
        let page = format!("{}{}", row("a"), row("b"));
        let typed = typed(&[("user", "b"), ("role", "x")]);
        let filled = refilled(&page, "/role", &typed).expect("is there");
        let (first, second) = filled.split_once("</form>").expect("two forms");
        assert!(
            !first.contains('x') && second.contains(r#"value="x""#),
            "{filled}"
        );
    }
}
