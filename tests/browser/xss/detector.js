// Detects effects of hostile texts in a page. An expression: its value is the functions below.
({
  // All that can be wrong with a ticket, also when a reader has pointed at it.
  ticket(doc) {
    const found = this.problems(doc);
    this.poke(doc);
    return [...found, ...this.shadowed(doc), ...this.links(doc)];
  },

  // All that can be wrong around texts.
  list(doc) {
    return [...this.shadowed(doc), ...this.covered(doc)];
  },

  // Simulates a reader: hovers over everything, clicks everything but links, and fires other events of handlers.
  poke(doc) {
    const view = doc.defaultView;
    const events = ['mouseover', 'mouseenter', 'pointerover', 'focus', 'focusin', 'keydown', 'wheel', 'toggle', 'animationend', 'transitionend', 'load', 'error'];
    for (const it of doc.querySelectorAll('[data-part], [data-part] *')) {
      for (const name of events) it.dispatchEvent(new view.Event(name, { bubbles: true }));
      if (!it.closest('a')) it.dispatchEvent(new view.MouseEvent('click', { bubbles: true, cancelable: true }));
    }
  },

  // Problems of a part: positions, names, handlers, and anything painted outside its box.
  problems(doc) {
    const found = [];
    const view = doc.defaultView;
    const say = (why, it) => found.push(`${why}: ${it.outerHTML.slice(0, 120)}`);
    for (const it of doc.querySelectorAll('[data-part] *')) {
      const style = view.getComputedStyle(it);
      const ours = it.matches('.an-scroll, .empty-value');
      if (style.position !== 'static') say(`is placed ${style.position}`, it);
      if (style.zIndex !== 'auto') say('is stacked', it);
      if ([style.transform, style.translate, style.scale, style.rotate].some(it => it !== 'none') && style.display !== 'inline') say('is moved', it);
      if (style.zoom !== '1') say('is enlarged', it);
      if (style.visibility !== 'visible' || style.opacity !== '1' || style.display === 'none') say('is hidden', it);
      if (parseFloat(style.fontSize) > 40 || parseFloat(style.outlineWidth) > 9 && style.outlineStyle !== 'none' || style.boxShadow !== 'none') say('is large', it);
      if (!ours && [style.marginTop, style.marginLeft, style.marginRight, style.marginBottom, style.textIndent, style.letterSpacing].some(it => parseFloat(it) < 0)) say('is pulled', it);
      for (const { name } of it.attributes) if (/^on|^(id|name|style|form|part|slot|is)$|^(data|aria)-/.test(name)) say(`has ${name}`, it);
      if (it.tagName.includes('-') || it.namespaceURI !== 'http://www.w3.org/1999/xhtml' || it.shadowRoot) say('is foreign', it);
    }
    for (const part of doc.querySelectorAll('[data-part]')) {
      const box = part.getBoundingClientRect();
      if (view.getComputedStyle(part).overflowX !== 'visible') continue;
      // Letters are taller than their line.
      const taller = parseFloat(view.getComputedStyle(part).fontSize) / 2;
      const range = doc.createRange();
      range.selectNodeContents(part);
      for (const it of range.getClientRects()) {
        if (it.left < box.left - 1 || it.right > box.right + 1 || it.top < box.top - taller || it.bottom > box.bottom + taller) say('sticks out', part);
      }
    }
    return found.concat(this.covered(doc));
  },

  // Points at which something of a part is met although its box is elsewhere.
  covered(doc) {
    const found = [];
    const { clientWidth: width, clientHeight: height } = doc.documentElement;
    for (let y = 5; y < height && !found.length; y += 30) {
      for (let x = 5; x < width && !found.length; x += 45) {
        const it = doc.elementFromPoint(x, y);
        const part = it?.closest('[data-part]');
        if (!part) continue;
        const box = part.getBoundingClientRect();
        // Letters are taller than their line.
        const taller = parseFloat(getComputedStyle(part).fontSize) / 2;
        if (x < box.left - 1 || x > box.right + 1 || y < box.top - taller || y > box.bottom + taller) found.push(`covers ${x},${y}: ${it.outerHTML.slice(0, 120)}`);
      }
    }
    const header = doc.querySelector('header.site-header');
    const place = header?.getBoundingClientRect();
    if (!header || !place.width || place.top !== 0 || place.left !== 0) return [...found, 'the header is not where it was'];
    for (const share of [.05, .5, .95]) {
      const it = doc.elementFromPoint(place.width * share, place.height / 2);
      if (!it?.closest('header.site-header')) return [...found, `the header is covered by ${it?.outerHTML.slice(0, 120)}`];
    }
    return found;
  },

  // DOM clobbering: the page's own names that resolve to something else.
  shadowed(doc) {
    const own = ['getElementById', 'querySelector', 'querySelectorAll', 'createElement'];
    const found = own.filter(name => typeof doc[name] !== 'function');
    if (typeof doc.cookie !== 'string') found.push('cookie');
    if (doc.body?.tagName !== 'BODY' || doc.head?.tagName !== 'HEAD' || doc.documentElement?.tagName !== 'HTML') found.push('body');
    if (String(doc.defaultView.location) !== doc.URL) found.push('location');
    return found.map(name => `${name} is shadowed`);
  },

  // All elements with their attribute names, which texts must not change.
  skeleton(doc) {
    return [...doc.querySelectorAll('*')].map(it => `${it.tagName} ${[...it.attributes].map(it => it.name).join(' ')}`);
  },

  // Links of the parts to forbidden targets, or with a referrer.
  links(doc) {
    return [...doc.querySelectorAll('[data-part] a')]
      .filter(it => !['http:', 'https:', 'mailto:'].includes(it.protocol) || it.target !== '_blank' || it.rel !== 'noopener noreferrer nofollow')
      .map(it => `leads elsewhere: ${it.outerHTML}`);
  },
})
