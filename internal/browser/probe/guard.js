  // Judging and guarding.

  const PRESSES = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'dblclick', 'auxclick'];
  const CLICKABLE = 'a[href],area[href],button,summary,input,select,textarea,label,option,[role=button],[role=link],[role=menuitem],' +
    '[role=tab],[role=checkbox],[role=radio],[role=switch],[role=option],[onclick],[tabindex]:not([tabindex="-1"])';
  const ROWS = 'tr,li,article,dialog,[role=row],[role=listitem],[role=article],[role=dialog],[role=alertdialog],[role=treeitem],[aria-modal=true]';
  const MENUS = '[role=menu],[role=menubar],[role=listbox],[role=tooltip]';
  const CELLS = 'td,th,dt,dd,[role=cell],[role=gridcell],[role=columnheader],[role=rowheader],main,header,footer,nav,aside';

  // prose is what an element shows beside its buttons, links and fields.
  const prose = (el) => letters(shown(el, { skip: (n) => n !== el && n.matches(CLICKABLE) }));

  // alike tells that two elements beside each other are built as rows of one list
  // are: the same kind of element, in the same styles.
  const alike = (a, b) => a.tagName === b.tagName && a !== b &&
    (a.classList.length + b.classList.length === 0 || [...a.classList].some((c) => b.classList.contains(c)));

  // repeated tells that an element is one of several that show something each: a
  // list's row, whatever it is built of. What stands side by side may be the cells
  // of a row; it is a row of cards when the same button is in another one.
  function repeated(el) {
    if (el.matches(CELLS) || !el.parentNode || prose(el) === '') return false;
    const r = el.getBoundingClientRect(), call = letters(shown(state.chosen ?? el));
    return [...el.parentNode.children].some((s) => {
      if (!alike(el, s) || !visible(s) || prose(s) === '') return false;
      const o = s.getBoundingClientRect();
      if (Math.min(r.bottom, o.bottom) - Math.max(r.top, o.top) < Math.min(r.height, o.height) / 2) return true;
      return [...s.querySelectorAll(CLICKABLE)].some((c) => visible(c) && letters(shown(c)) === call);
    });
  }

  const floats = (el, style) => el.matches(MENUS) || el.matches(':popover-open') || style.position === 'absolute' && style.zIndex !== 'auto';
  const covers = (el, style) => el.matches(ROWS) && !(el.tagName === 'LI' && closest(el, MENUS)) || style.position === 'fixed' || el.matches(':modal');

  // marked is the innermost row, dialog or box over the page around an element, as
  // the page itself marks it.
  function marked(el) {
    for (let e = up(el); e && e !== document.body && e !== document.documentElement; e = up(e))
      if (!e.matches(':popover-open') && covers(e, getComputedStyle(e))) return e;
    return null;
  }

  // row is the innermost part around an element that is about one thing: a marked
  // one, one of a list that is not marked, a form that says something. A menu is
  // part of the row that it is built in, and stands for itself where there is none.
  function row(el) {
    let menu = null;
    for (let e = up(el); e && e !== document.body && e !== document.documentElement; e = up(e)) {
      const style = getComputedStyle(e);
      if (floats(e, style)) menu ??= e;
      else if (covers(e, style) || repeated(e) || e.tagName === 'FORM' && prose(e) !== '') return e;
    }
    return menu;
  }

  // bond tells why an element may not be taken for the person's; '' when it may.
  // The rules are those of the package's documentation. names tells whether a part
  // of the page names the person, alone whether it does so by itself and not in a
  // sentence.
  function bond(el, names, alone, allowed) {
    const inner = row(el);
    if (inner && !names(inner)) return 'row';
    const known = new Set(allowed.map((v) => norm(v).toLowerCase()));
    let part = null;
    for (let e = el; e && !part; e = up(e)) {
      const found = addresses(shown(e));
      if (!found) return 'unread';
      if (found.some((a) => !known.has(a))) return 'others';
      if (found.length > 0 && names(e)) part = e;
    }
    if (!part) return 'unnamed';
    // What a button hands its click on to lies there too.
    const owner = el.form ?? null, area = inner && within(part, inner) ? part : inner ?? part;
    for (const far of [el.control ?? null, owner]) if (far && !within(area, far) && !within(far, el)) return 'far';
    if (el.control && row(el.control) !== inner) return 'far';
    return inner || alone(part) ? '' : 'sentence';
  }

  // reached tells that an element lies where the page can be scrolled to.
  const reached = (el) => { const r = box(el); return !!r && r.right + scrollX > 0 && r.bottom + scrollY > 0; };
  const sure = (w) => visible(w.el) && reached(w.el) && !w.el.isContentEditable && w.values.every((v) => holds(shown(w.el, { sure: true }), v));

  // onTop brings an element into view and tells whether its text can be seen there:
  // not cut off, and under nothing else.
  function onTop(el) {
    el.scrollIntoView({ block: 'center', inline: 'nearest', behavior: 'instant' });
    const all = [];
    const walk = (n) => { if (n.nodeType === 3 && /\S/.test(n.data)) all.push(...rectsOf(n).slice(0, 1)); else if (n.nodeType === 1) for (const c of content(n)) walk(c); };
    walk(el);
    return all.length > 0 && all.every((r) => within(el, deepest(document, r.left + r.width / 2, r.top + r.height / 2)));
  }

  // single tells that an element shows the person and nothing else.
  function single(w, allowed) {
    let rest = letters(shown(w.el, { sure: true }));
    for (const v of [...w.values, ...allowed].map(letters).sort((a, b) => b.length - a.length)) rest = rest.replaceAll(v, ' ');
    return rest.trim() === '';
  }

  // scope tells why the chosen element may not act; '' when it may.
  function scope(allowed) {
    if (state.whos.length === 0) return 'nobody';
    if (!state.whos.every(sure)) return 'unsure';
    const el = state.chosen;
    if (state.whos.some((w) => { const s = marked(w.el); return s && !within(s, el); })) return 'elsewhere';
    const inside = (part) => state.whos.filter((w) => within(part, w.el));
    return bond(el, (part) => inside(part).length > 0, (part) => inside(part).some((w) => single(w, allowed)), allowed);
  }

  // settled tells why what was found does not speak of the person; '' when it does.
  function settled(values, allowed) {
    const el = state.chosen;
    const names = (part) => { const text = shown(part, { sure: true }); return values.every((v) => holds(text, v)); };
    return bond(el, names, () => true, allowed);
  }

  // called tells that what stands on the chosen element is what it was looked for
  // by: a name that only machines hear says nothing. The person's own name and
  // address may be in one and not in the other.
  function called(allowed) {
    const plain = (s) => { let t = norm(s).toLowerCase(); for (const v of allowed) t = t.replaceAll(norm(v).toLowerCase(), ' '); return letters(t); };
    const face = plain(pressed(state.chosen) ? state.chosen.value : shown(state.chosen));
    const calls = state.calls.filter((c) => letters(c) !== '');
    return face !== '' && calls.length > 0 && calls.every((c) => plain(c) === face);
  }
  const alone = () => ![...state.chosen.querySelectorAll(CLICKABLE)].some((e) => e !== state.chosen.control && visible(e));

  // print is all of an element that decides what a click on it does, as far as the
  // page itself says so.
  function print() {
    const el = state.chosen, form = el.form ?? closest(el, 'form');
    const values = form ? [...Object.getOwnPropertyDescriptor(HTMLFormElement.prototype, 'elements').get.call(form)]
      .map((f) => [f.name, f.type === 'password' ? '' : f.value, f.checked]) : [];
    return JSON.stringify([shown(el), ...[...el.attributes].filter((a) => !/^(class|style|data-state|aria-pressed|aria-describedby)$/.test(a.name)).map((a) => a.name + '=' + a.value),
      ...['action', 'method', 'target', 'id'].map((k) => form?.getAttribute(k)), values, marked(el) ? shown(marked(el), { own: true }) : '']);
  }

  // sends tells that a click on an element sends its form, in a way that does more
  // than read.
  const sends = (el) => !!el.form && /^(submit|image)$/.test(el.type) &&
    (el.getAttribute('formmethod') ?? el.form.getAttribute('method') ?? '').toLowerCase() === 'post';

  // judge tells why a click may not be made on the chosen element now; '' when it
  // may. It is asked before, and again for each event of the click.
  function judge(acting, allowed) {
    const el = state.chosen;
    if (!el?.isConnected || !visible(el) || !enabled(el)) return 'gone';
    if (!acting) return sends(el) ? 'sends' : '';
    if (!called(allowed)) return 'called';
    if (!alone()) return 'card';
    return scope(allowed);
  }

  const nearest = (hit) => { for (let e = hit; e; e = up(e)) if (e === state.chosen || e.matches?.(CLICKABLE)) return e; return null; };

  // guard stands before every listener of the page, from the first moment of the
  // document: it swallows every press, but for those of a click that was announced
  // and that still is what it was.
  function guard(e) {
    if (!e.isTrusted) return;
    let fits = false;
    try { fits = fitting(e); } catch { /* what cannot be judged is held back */ }
    if (fits) {
      state.clicked ||= e.type === 'click';
    } else {
      e.preventDefault();
      e.stopImmediatePropagation();
      state.blocked = true;
    }
    globalThis.handoverSaw?.((fits ? 'passed ' : 'held ') + e.type);
  }

  function fitting(e) {
    const hit = e.composedPath()[0], armed = state.armed;
    const handed = armed && state.control !== null && hit === state.control && state.chosen.control === hit; // a label hands its click on to its field
    return armed !== null && !state.blocked && (nearest(hit) === state.chosen || handed) && (!armed.once || !handed && !state.clicked || handed && state.clicked) &&
      (armed.print === null || armed.print === print() || handed) && judge(armed.acting, armed.allowed) === '';
  }

  // A page that writes itself anew loses all listeners, these too: nothing is
  // clicked there.
  const KNOCK = 'handover' + Math.random();
  let heard = false;
  for (const type of PRESSES) window.addEventListener(type, guard, { capture: true });
  window.addEventListener(KNOCK, () => { heard = true; });
  const guarded = () => { heard = false; window.dispatchEvent(new Event(KNOCK)); return heard; };

  // arm announces one click.
  function arm(acting, allowed) {
    Object.assign(state, { blocked: false, clicked: false });
    const why = judge(acting, allowed);
    if (!guarded()) return 'unguarded';
    if (why === '') state.armed = { acting, allowed, once: acting, print: acting ? print() : null };
    return why;
  }

  function disarm() { state.armed = null; }
