  // Finding.

  // hop is the element of a frame in this one, null while it is not there or when
  // it is another origin's.
  const hop = (at) => { try { return window.frames[at]?.frameElement ?? null; } catch { return null; } };

  function roots(root) {
    const all = [root];
    for (const el of root.querySelectorAll('*')) if (el.shadowRoot) all.push(...roots(el.shadowRoot));
    return all;
  }
  const plain = (n) => n.nodeType === 3 ? n.data : UNREAD.has(n.tagName) && n.tagName !== 'OPTION' ? '' : [...n.childNodes].map(plain).join('');
  const written = (el) => field(el) && el.type !== 'password' ? el.value : plain(el);

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
    const found = document.evaluate(expression, root, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
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
    if (!document.body) return null;
    return spec.alternatives.map((parts, i) => {
      let from = [document];
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
    const calls = spec.alternatives.filter((a, i) => counts[i] > 0 && /aria|text/.test(a.at(-1).kind)).map((a) => a.at(-1).body);
    if (spec.keep === 'chosen') Object.assign(state, { chosen: el, control: el?.control ?? null, calls });
    if (spec.keep === 'who' && el) state.whos.push({ el, values: spec.values });
    return { ready: true, counts, distinct: all.size, agreed, hidden: sets.flat().length > 0 && all.size === 0, named: calls.some((c) => letters(c) !== '') };
  }

  // several gives what each alternative of a waitForElement finds.
  function several(spec) {
    const sets = every(spec);
    if (!sets) return { ready: false };
    const fits = (el) => Object.entries(spec.attributes ?? {}).every(([k, v]) => el.getAttribute(k) === v);
    const kept = sets.map((set) => set.filter((el) => fits(el) && (spec.any || visible(el))));
    return { ready: true, counts: kept.map((s) => s.length), texts: kept.map((s) => spec.read ? s.map((el) => norm(shown(el, { own: true }))) : []) };
  }
