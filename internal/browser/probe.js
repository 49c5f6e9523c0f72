// What the player asks of a page. It runs in a world of its own beside the page's
// scripts, which can neither see nor change it. State lives as long as the
// document: after a navigation it is gone, and with it every element found before.
() => {
  const state = { aria: [], chosen: null, whos: [], blocked: '', passed: [], guard: null, masked: [] };
  const PRESSES = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'dblclick', 'auxclick'];
  const CLICKABLE = 'a[href],button,summary,input,select,textarea,label,option,[role=button],[role=link],[role=menuitem],' +
    '[role=tab],[role=checkbox],[role=radio],[role=switch],[role=option],[onclick]';
  const SCOPES = 'tr,li,dialog,[role=row],[role=listitem],[role=dialog],[role=alertdialog],[role=treeitem],[aria-modal=true]';
  const UNREAD = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'HEAD', 'OPTION', 'OPTGROUP']);
  const ADDRESS = /[\p{L}\p{N}._%+'-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;

  const norm = (s) => (s ?? '').normalize('NFC').replace(/\s+/g, ' ').trim();
  const up = (n) => n.assignedSlot ?? n.parentElement ?? n.getRootNode()?.host ?? null;
  const within = (outer, n) => { for (; n; n = n.parentNode ?? n.host) if (n === outer) return true; return false; };
  const closest = (el, css) => { for (let e = el; e; e = up(e)) if (e.matches(css)) return e; return null; };

  // page is the document of a frame by its path; null while it is not there.
  function page(path) {
    let w = window;
    for (const i of path) {
      w = w.frames[i];
      if (!w) return null;
    }
    return w.document; // throws for a frame of another origin
  }

  const box = (el) => [...el.getClientRects()].find((r) => r.width >= 1 && r.height >= 1) ?? null;
  const visible = (el) => el.isConnected && box(el) !== null &&
    el.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  const enabled = (el) => !el.matches(':disabled') && !closest(el, '[aria-disabled=true],[inert]');

  // Finding.

  function roots(root) {
    const all = [root];
    for (const el of root.querySelectorAll('*')) if (el.shadowRoot) all.push(...roots(el.shadowRoot));
    return all;
  }
  const written = (el) => /^(INPUT|TEXTAREA)$/.test(el.tagName) && el.type !== 'password' ? el.value : el.textContent;

  // byText gives the deepest elements with a text: the whole of it, or a part.
  function byText(root, want, exact) {
    const out = [];
    const fits = (el) => { const t = norm(written(el)); return exact ? t === want : t.includes(want); };
    const walk = (node) => {
      let deeper = false;
      for (const child of [...(node.shadowRoot?.children ?? []), ...node.children]) if (!UNREAD.has(child.tagName)) deeper = walk(child) || deeper;
      if (deeper) return true;
      if (node.nodeType !== 1 || !fits(node)) return false;
      out.push(node);
      return true;
    };
    walk(root.body ?? root);
    return out;
  }

  function byXPath(root, expression) {
    const doc = root.ownerDocument ?? root;
    const found = doc.evaluate(expression, root, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    return Array.from({ length: found.snapshotLength }, (_, i) => found.snapshotItem(i)).filter((n) => n.nodeType === 1);
  }

  function lookUp(part, root, exact, i) {
    switch (part.kind) {
      case 'aria': return (state.aria[i] ?? []).filter((n) => n.nodeType === 1);
      case 'text': return byText(root, norm(part.body), exact);
      case 'xpath': return byXPath(root, part.body);
      case 'pierce': return roots(root.shadowRoot ?? root).flatMap((r) => [...r.querySelectorAll(part.body)]);
      default: return [...root.querySelectorAll(part.body)];
    }
  }

  // every gives the elements of each alternative, in the order of the recipe.
  function every(spec) {
    const doc = page(spec.frame);
    if (!doc?.body) return null;
    return spec.alternatives.map((parts, i) => {
      let from = [doc];
      for (const [at, part] of parts.entries()) {
        let found = from.flatMap((r) => lookUp(part, r, spec.exact, i));
        if (at < parts.length - 1) found = found.map((el) => el.shadowRoot ?? el);
        from = [...new Set(found)];
      }
      return from;
    });
  }

  // one finds the one element that all alternatives mean and keeps it.
  function one(spec) {
    const sets = every(spec);
    if (!sets) return { ready: false };
    const usable = sets.map((set) => [...new Set(set.filter((el) => visible(el))
      .map((el) => spec.press ? closest(el, CLICKABLE) ?? el : el))].filter((el) => visible(el) && (!spec.enabled || enabled(el))));
    const counts = usable.map((set) => set.length);
    const all = new Set(usable.flat());
    const agreed = all.size === 1;
    const el = agreed ? [...all][0] : null;
    if (spec.keep === 'chosen') state.chosen = el;
    if (spec.keep === 'who' && el) state.whos.push({ el, values: spec.values });
    return { ready: true, counts, distinct: all.size, agreed, hidden: sets.flat().length > 0 && all.size === 0,
      named: spec.alternatives.some((a, i) => counts[i] > 0 && /aria|text/.test(a.at(-1).kind)) };
  }

  // several gives what each alternative of a waitForElement finds.
  function several(spec) {
    const sets = every(spec);
    if (!sets) return { ready: false };
    const fits = (el) => Object.entries(spec.attributes ?? {}).every(([k, v]) => el.getAttribute(k) === v);
    const kept = sets.map((set) => set.filter((el) => fits(el) && (spec.any || visible(el))));
    return { ready: true, counts: kept.map((s) => s.length), texts: kept.map((s) => spec.read ? s.map((el) => norm(shown(el))) : []) };
  }

  // Reading.

  // shown is the text that a person sees in an element: not of hidden parts, not
  // the choices of a list that is closed.
  function shown(el) {
    let out = '';
    const walk = (node) => {
      if (node.nodeType === 3) { out += node.data; return; }
      if (node.nodeType !== 1 || UNREAD.has(node.tagName) || !node.checkVisibility({ opacityProperty: true, visibilityProperty: true })) return;
      const apart = !getComputedStyle(node).display.startsWith('inline');
      if (apart) out += '\n';
      if (node.tagName === 'SELECT') out += '\n' + (node.selectedOptions[0]?.label ?? '') + '\n';
      else if (/^(INPUT|TEXTAREA)$/.test(node.tagName)) out += '\n' + (/^(password|hidden|checkbox|radio)$/.test(node.type) ? '' : node.value) + '\n';
      else for (const child of node.shadowRoot?.childNodes ?? node.childNodes) walk(child);
      if (apart) out += '\n';
    };
    walk(el);
    return out.normalize('NFC');
  }

  // holds tells whether a value stands in a text as a whole word: not as a part of
  // a longer address, name or id.
  function holds(text, value) {
    const t = norm(text).toLowerCase(), v = norm(value).toLowerCase();
    const inner = /[\p{L}\p{N}_@%+'-]/u;
    for (let i = t.indexOf(v); v && i >= 0; i = t.indexOf(v, i + 1)) {
      const before = t[i - 1] ?? ' ', after = t[i + v.length] ?? ' ', next = t[i + v.length + 1] ?? ' ';
      const joined = (c, d) => inner.test(c) || c === '.' && inner.test(d);
      if (!joined(before, t[i - 2] ?? ' ') && !joined(after, next)) return true;
    }
    return false;
  }

  const sure = (w) => visible(w.el) && w.values.every((v) => holds(shown(w.el), v));

  // scope tells why the chosen element may not act; '' when it may. The rules are
  // those of the package's documentation.
  function scope(allowed) {
    const el = state.chosen;
    if (state.whos.length === 0) return 'nobody';
    if (!state.whos.every(sure)) return 'unsure';
    const inner = closest(el, SCOPES);
    if (inner && !state.whos.some((w) => within(inner, w.el))) return 'row';
    if (state.whos.some((w) => { const s = closest(w.el, SCOPES); return s && !within(s, el); })) return 'elsewhere';
    const known = new Set(allowed.map((v) => norm(v).toLowerCase()));
    for (let e = el; e; e = up(e)) {
      const addresses = [...shown(e).matchAll(ADDRESS)].map((m) => m[0].toLowerCase().replace(/^['.]+|['.-]+$/g, ''));
      if (addresses.some((a) => !known.has(a))) return 'others';
      if (addresses.length > 0 && state.whos.some((w) => within(e, w.el))) return '';
    }
    return 'unnamed';
  }

  // Clicking.

  const deepest = (root, x, y) => {
    let el = root.elementFromPoint(x, y);
    while (el?.shadowRoot) {
      const inner = el.shadowRoot.elementFromPoint(x, y);
      if (!inner || inner === el) break;
      el = inner;
    }
    return el;
  };

  // place gives where in the window the chosen element can be hit, and whether it
  // is on top there.
  function place(scroll) {
    const el = state.chosen;
    if (!el?.isConnected || !visible(el)) return { gone: true };
    if (scroll) el.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const r = box(el);
    if (!r) return { gone: true };
    let x = r.left + r.width / 2, y = r.top + r.height / 2;
    let on = within(el, deepest(el.ownerDocument, x, y));
    for (let w = el.ownerDocument.defaultView; w !== window.top && w.frameElement; w = w.parent) {
      const f = w.frameElement, b = f.getBoundingClientRect();
      x += b.left + f.clientLeft;
      y += b.top + f.clientTop;
      on = on && deepest(f.ownerDocument, x, y) === f;
    }
    return { x, y, on, width: r.width, height: r.height };
  }

  function windows() {
    const all = [];
    for (let w = state.chosen.ownerDocument.defaultView; ; w = w.parent) {
      all.push(w);
      if (w === window.top) return all;
    }
  }

  // arm swallows every click from now on that is not on the chosen element, or that
  // comes when the page no longer names the person. What was let through is noted.
  function arm(acting, allowed) {
    state.blocked = '';
    state.passed = [];
    state.guard = (e) => {
      if (!e.isTrusted) return;
      const hit = e.composedPath()[0];
      // A label hands its click on to its field.
      const on = state.chosen?.isConnected && (within(state.chosen, hit) || state.chosen.control === hit) && visible(state.chosen) && enabled(state.chosen);
      if (on && !state.blocked && (!acting || scope(allowed) === '')) {
        state.passed.push(e.type);
        return;
      }
      e.preventDefault();
      e.stopImmediatePropagation();
      state.blocked ||= e.type;
    };
    for (const w of windows()) for (const type of PRESSES) w.addEventListener(type, state.guard, { capture: true });
  }

  function disarm() {
    if (state.guard && state.chosen) for (const w of windows()) for (const type of PRESSES) w.removeEventListener(type, state.guard, { capture: true });
    const armed = state.guard !== null; // not in a page that came with the click
    state.guard = null;
    return { armed, blocked: state.blocked, passed: state.passed };
  }

  // Fields.

  // focus makes a text field ready for typing over it, or sets what is chosen in a
  // list and answers whether that is so.
  function focus(value) {
    const el = state.chosen;
    if (el.tagName === 'SELECT') {
      let fits = [...el.options].filter((o) => !o.disabled && o.value === value);
      if (fits.length === 0) fits = [...el.options].filter((o) => !o.disabled && norm(o.label) === norm(value));
      if (fits.length !== 1) return { kind: 'select', found: fits.length };
      Object.getOwnPropertyDescriptor(el.ownerDocument.defaultView.HTMLSelectElement.prototype, 'value').set.call(el, fits[0].value);
      el.dispatchEvent(new Event('input', { bubbles: true }));
      el.dispatchEvent(new Event('change', { bubbles: true }));
      return { kind: 'select', found: 1, set: el.selectedOptions.length === 1 && el.selectedOptions[0] === fits[0] };
    }
    if (el.type === 'password') return { kind: 'password' };
    if (!el.isContentEditable && !/^(INPUT|TEXTAREA)$/.test(el.tagName) || /^(checkbox|radio|file|button|submit)$/.test(el.type)) return { kind: 'none' };
    el.focus();
    if (el.select) el.select(); else getSelection().selectAllChildren(el);
    return { kind: 'text', focused: el.getRootNode().activeElement === el };
  }
  const typed = () => state.chosen.isContentEditable ? norm(shown(state.chosen)) : state.chosen.value;

  // The page as such.

  function documents() {
    const all = [];
    const add = (w) => {
      try { all.push(w.document); } catch { return; } // of another origin: nobody can look there
      for (let i = 0; i < w.frames.length; i++) add(w.frames[i]);
    };
    add(window);
    return all;
  }
  const inputs = (css) => documents().flatMap((d) => roots(d).flatMap((r) => [...r.querySelectorAll(css)]));
  const CHALLENGE = 'iframe[src*="challenges.cloudflare.com"],iframe[src*="hcaptcha.com"],iframe[src*="/recaptcha/"],iframe[src*="arkoselabs"],' +
    'iframe[src*="captcha-delivery.com"],.cf-turnstile,.g-recaptcha,.h-captcha,#challenge-form,#challenge-running,[data-sitekey]';

  function look() {
    return {
      url: location.href, status: performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0, body: !!document.body,
      password: inputs('input[type=password]').some(visible), challenge: inputs(CHALLENGE).some((el) => visible(el) && !/invisible/.test(el.dataset.size ?? '')),
    };
  }

  // Fields that hold secrets go black before a picture is taken: through the style
  // of the element itself, which no policy of the page forbids.
  const SECRET = 'input[type=password],input[autocomplete*=password],input[autocomplete=one-time-code],' +
    ['pass', 'otp', 'secret', 'token', 'kennwort'].flatMap((w) => ['name', 'id'].map((k) => `input[${k}*=${w} i]`)).join(',');
  function mask() {
    for (const el of inputs(SECRET)) {
      state.masked.push([el, el.getAttribute('style')]);
      for (const [k, v] of [['background', '#222'], ['color', 'transparent'], ['-webkit-text-fill-color', 'transparent'], ['text-shadow', 'none'], ['transition', 'none'], ['caret-color', 'transparent']])
        el.style.setProperty(k, v, 'important');
    }
  }
  function unmask() {
    for (const [el, style] of state.masked) if (style === null) el.removeAttribute('style'); else el.setAttribute('style', style);
    state.masked = [];
  }

  return {
    root: (path) => page(path),
    forget: () => { state.aria = []; state.whos = []; state.chosen = null; },
    aria: (i, ...els) => { state.aria[i] = els; },
    unaria: () => { state.aria = []; },
    one, several, scope, place, arm, disarm, focus, typed, look, mask, unmask,
    scroll: (x, y) => scrollTo(x, y),
    sure: () => state.whos.every(sure),
    reveal: () => state.chosen.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' }),
  };
}
