// What the player asks of a page. It runs in a world of its own beside the page's
// scripts, which can neither see nor change it, and is there before they are. State
// lives as long as the document: after a navigation it is gone, and with it every
// element found before.
() => {
  const state = { aria: [], chosen: null, control: null, calls: [], whos: [], armed: null, blocked: false, clicked: false,
    masked: [], filled: new WeakMap(), sealed: new WeakSet() };
