  // Reading. What a person sees of the page, in the order of the flattened tree:
  // shadow roots and slots as they are shown. There are two readings. The loose one
  // looks for what speaks against a click: text that styles add, what stands in
  // fields, what cannot be read at all. The sure one looks for what speaks for it:
  // nothing that anybody could type, and nothing that is only drawn.

  const UNREADABLE = '\uFFFC'; // stands for a part that cannot be read
  const UNREAD = new Set(['SCRIPT', 'STYLE', 'NOSCRIPT', 'TEMPLATE', 'HEAD', 'OPTION', 'OPTGROUP', 'DATALIST']);
  const ATEXT = "\\p{L}\\p{M}\\p{N}!#$%&'*+/=?^_`{|}~-"; // RFC 5322, 3.2.3, and letters of any language (RFC 6531)
  const ADDRESS = new RegExp(`[.${ATEXT}]+@[\\p{L}\\p{M}\\p{N}-]+(?:\\.[\\p{L}\\p{M}\\p{N}-]+)*`, 'gu');
  const JOINS = new RegExp(`[@${ATEXT}]`, 'u');

  const bare = (s) => (s ?? '').replace(/[\p{Cf}\p{Co}\u034f\u115f\u1160\u3164\uffa0]/gu, ''); // of what nobody sees
  const norm = (s) => bare(s).normalize('NFC').replace(/\s+/g, ' ').trim();
  const letters = (s) => norm(s).toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ').trim();
  const up = (n) => n.assignedSlot ?? n.parentElement ?? n.getRootNode()?.host ?? null;
  const within = (outer, n) => { for (; n; n = n.parentNode ?? n.host) if (n === outer) return true; return false; };
  const closest = (el, css) => { for (let e = el; e; e = up(e)) if (e.matches(css)) return e; return null; };
  const field = (el) => /^(INPUT|TEXTAREA)$/.test(el.tagName);
  const pressed = (el) => el.tagName === 'INPUT' && /^(button|submit|reset)$/.test(el.type);

  const box = (el) => [...el.getClientRects()].find((r) => r.width >= 1 && r.height >= 1) ?? null;
  const visible = (el) => el.isConnected && box(el) !== null &&
    el.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true });
  const enabled = (el) => !el.matches(':disabled') && !closest(el, '[aria-disabled=true],[inert]');

  // shows tells whether text right in an element is seen: by the element's own
  // visibility, which a hidden one around it does not decide, and by the boxes
  // around it, which an element without a box of its own has none of.
  function shows(el) {
    if (getComputedStyle(el).visibility !== 'visible') return false;
    while (el && getComputedStyle(el).display === 'contents') el = up(el);
    return !!el && el.checkVisibility({ opacityProperty: true });
  }

  function rectsOf(node) {
    const range = node.ownerDocument.createRange();
    range.selectNodeContents(node);
    return [...range.getClientRects()].filter((r) => r.width > 0 && r.height > 0);
  }

  // touch tells that two pieces of text stand together as one word does, whatever
  // elements they are in.
  function touch(a, b) {
    if (!a || !b || Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) < Math.min(a.height, b.height) / 2) return false;
    return Math.min(Math.abs(b.left - a.right), Math.abs(a.left - b.right)) < Math.min(a.height, b.height) * 0.15;
  }

  // drawn is the text that a style puts before or after an element's own.
  function drawn(el, which) {
    const style = getComputedStyle(el, which);
    if (/^(none|normal)$/.test(style.content) || style.display === 'none' || style.visibility !== 'visible') return '';
    const words = style.content.replace(/attr\(\s*([\w-]+)[^)]*\)/g, (_, name) => JSON.stringify(el.getAttribute(name) ?? ''));
    return [...words.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map((m) => m[1].replace(/\\([0-9a-f]{1,6}) ?/gi, (_, hex) => String.fromCodePoint(parseInt(hex, 16))).replace(/\\(.)/g, '$1')).join('');
  }

  const content = (node) => node.shadowRoot ? node.shadowRoot.childNodes :
    node.tagName === 'SLOT' && node.assignedNodes().length > 0 ? node.assignedNodes() : node.childNodes;

  // entered is what stands in a field, other than what the recipe itself put there:
  // that speaks neither for nor against anybody.
  function entered(el, own) {
    if (el.tagName === 'SELECT') {
      if (!own && state.filled.get(el) === el.value) return '';
      return (el.multiple || el.size > 1 ? [...el.options] : [...el.selectedOptions]).map((o) => o.label).join('\n');
    }
    if (/^(password|hidden|checkbox|radio|range|color|image|file)$/.test(el.type) || !own && state.filled.get(el) === el.value) return '';
    return el.value;
  }

  // framed is what a frame shows, where that can be read.
  function framed(el) {
    if (!visible(el)) return '';
    const doc = el.tagName === 'IFRAME' || el.tagName === 'FRAME' ? el.contentDocument : null;
    return doc ? (doc.body ? shown(doc.body) : '') : UNREADABLE;
  }

  // shown is the text that a person sees in an element. own tells to read what the
  // recipe itself filled in as well; skip leaves elements out.
  function shown(el, { sure = false, own = false, skip = null } = {}) {
    let out = '', last = null, apart = true, gap = false;
    const seen = new Map();
    const put = (text, rects) => {
      if (text === '') return;
      if (touch(last, rects?.[0])) {
        if (apart) [out, text] = [out.trimEnd(), text.trimStart()];
      } else if (apart || gap) out += apart ? '\n' : ' ';
      out += text;
      [last, apart, gap] = [rects?.at(-1) ?? null, false, false];
    };
    const text = (node) => {
      const parent = node.assignedSlot ?? node.parentElement ?? node.getRootNode().host;
      if (!seen.has(parent)) seen.set(parent, shows(parent));
      if (!seen.get(parent)) return;
      const rects = rectsOf(node);
      if (rects.length > 0) put(node.data, rects);
      else if (!/\S/.test(node.data)) gap = true;
    };
    const walk = (node) => {
      if (node.nodeType === 3) { text(node); return; }
      if (node.nodeType !== 1 || UNREAD.has(node.tagName) || skip?.(node)) return;
      const { display } = getComputedStyle(node);
      if (display === 'none' || sure && node.isContentEditable || !own && node.isContentEditable && state.filled.get(node) === norm(node.textContent)) return;
      const isField = field(node) || node.tagName === 'SELECT', isFrame = /^(IFRAME|FRAME|OBJECT|EMBED|FENCEDFRAME)$/.test(node.tagName);
      const block = !/^(inline|contents)$/.test(display) || node.tagName === 'BR' || isField || isFrame;
      apart ||= block;
      if (isFrame) {
        if (!sure) put(framed(node), null);
      } else if (isField) {
        if (!sure && shows(node)) put(entered(node, own), null);
      } else {
        if (!sure && state.sealed.has(node) && visible(node)) put(UNREADABLE, null);
        if (!sure && shows(node)) put(drawn(node, '::before'), null);
        for (const child of content(node)) walk(child);
        if (!sure && shows(node)) put(drawn(node, '::after'), null);
      }
      apart ||= block;
    };
    walk(el);
    // Letters that look like others count against a click, never for it.
    return bare(out).normalize(sure ? 'NFC' : 'NFKC');
  }

  // addresses are those in a text, or null when it holds one that cannot be read.
  function addresses(text) {
    if (text.includes(UNREADABLE)) return null;
    const found = [...text.matchAll(ADDRESS)].map((m) => m[0]);
    if (text.replace(ADDRESS, '').includes('@')) return null;
    return found.map((a) => a.toLowerCase().replace(/^['.]+|['.-]+$/g, ''));
  }

  // holds tells whether a value stands in a text as a whole word: not as a part of
  // a longer address, name or id.
  function holds(text, value) {
    const t = norm(text).toLowerCase(), v = norm(value).toLowerCase();
    for (let i = t.indexOf(v); v && i >= 0; i = t.indexOf(v, i + 1)) {
      const before = t[i - 1] ?? ' ', after = t[i + v.length] ?? ' ', next = t[i + v.length + 1] ?? ' ';
      const joined = (c, d) => JOINS.test(c) || c === '.' && JOINS.test(d);
      if (!joined(before, t[i - 2] ?? ' ') && !joined(after, next) && !/[?!]/.test(before)) return true;
      if (!joined(before, t[i - 2] ?? ' ') && /[?!]/.test(after) && !JOINS.test(next)) return true; // the end of a sentence
    }
    return false;
  }
