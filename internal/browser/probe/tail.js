
  return {
    hop, one, several, settled, place, arm, disarm, focus, typed, look, mask, unmask, judge,
    root: () => document,
    forget: () => Object.assign(state, { aria: [], whos: [], chosen: null, control: null, calls: [] }) && null,
    aria: (i, ...els) => { state.aria[i] = els; },
    unaria: () => { state.aria = []; },
    seal: (...els) => { state.sealed = new WeakSet(els.filter((e) => e.nodeType === 1)); },
    scroll: (x, y) => scrollTo(x, y),
    sure: (top) => !state.whos.every(sure) ? 'unsure' : top && !state.whos.every((w) => onTop(w.el)) ? 'under' : '',
    reveal: () => state.chosen.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' }),
  };
}
