  // Where the mouse goes.

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
  // is what is hit there.
  function place(scroll) {
    const el = state.chosen;
    if (!el?.isConnected || !visible(el)) return { gone: true };
    if (scroll) el.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
    const r = box(el);
    if (!r) return { gone: true };
    let x = r.left + r.width / 2, y = r.top + r.height / 2;
    const hit = deepest(document, x, y);
    const over = !within(el, hit), other = !over && nearest(hit) !== el && hit !== el.control;
    let on = !over;
    for (let w = window; w !== window.top && w.frameElement; w = w.parent) {
      const f = w.frameElement, b = f.getBoundingClientRect();
      x += b.left + f.clientLeft;
      y += b.top + f.clientTop;
      on = on && deepest(f.ownerDocument, x, y) === f;
    }
    return { x, y, on, other, width: r.width, height: r.height };
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
      Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(el, fits[0].value);
      state.filled.set(el, el.value);
      el.dispatchEvent(new Event('input', { bubbles: true }));
      el.dispatchEvent(new Event('change', { bubbles: true }));
      return { kind: 'select', found: 1, set: el.selectedOptions.length === 1 && el.selectedOptions[0] === fits[0] };
    }
    if (el.type === 'password') return { kind: 'password' };
    if (!el.isContentEditable && !field(el) || /^(checkbox|radio|file|button|submit)$/.test(el.type)) return { kind: 'none' };
    el.focus();
    if (el.select) el.select(); else getSelection().selectAllChildren(el);
    return { kind: 'text', focused: el.getRootNode().activeElement === el };
  }
  function typed() {
    const el = state.chosen, is = el.isContentEditable ? norm(el.textContent) : el.value;
    state.filled.set(el, is);
    return is;
  }

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

  // Every field goes black before a picture is taken, but for those that the recipe
  // filled in itself: nobody can tell by its name which one holds a secret. It is
  // done through the style of the element itself, which no policy of the page
  // forbids.
  const FIELDS = 'input:not([type=hidden],[type=checkbox],[type=radio],[type=button],[type=submit],[type=reset],[type=image],[type=range],[type=color]),' +
    'textarea,[contenteditable]:not([contenteditable=false])';
  function mask() {
    for (const el of inputs(FIELDS)) {
      if (state.filled.has(el) && el.type !== 'password') continue;
      state.masked.push([el, el.getAttribute('style')]);
      for (const [k, v] of [['background', '#222'], ['color', 'transparent'], ['-webkit-text-fill-color', 'transparent'], ['text-shadow', 'none'],
        ['transition', 'none'], ['caret-color', 'transparent'], ['filter', 'brightness(0)']]) el.style.setProperty(k, v, 'important');
    }
  }
  function unmask() {
    for (const [el, style] of state.masked) if (style === null) el.removeAttribute('style'); else el.setAttribute('style', style);
    state.masked = [];
  }
