"use strict";
(() => {
  const $ = id => document.getElementById(id);
  const form = $("lines"), ask = $("ask"), note = $("note"), find = $("find");
  const rows = [...document.querySelectorAll("tr[data-no]")];
  const has = (row, name) => row.hasAttribute("data-" + name);
  const total = Number(form.dataset.total);
  let left = Number(form.dataset.waiting), now = null, since = Date.now(), asking = null;
  const undo = [];

  for (const e of document.querySelectorAll(".plain")) e.hidden = true;
  for (const e of document.querySelectorAll(".script")) if (e !== ask && e !== note) e.hidden = false;

  // Time on a line counts while it is the current one and the page is seen.
  const count = () => {
    if (now && !document.hidden) now.spent = (now.spent || 0) + Date.now() - since;
    since = Date.now();
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { if (now) now.spent = (now.spent || 0) + Date.now() - since; }
    since = Date.now();
  });
  const seconds = row => Math.round((row.spent || 0) / 1000);

  const say = text => { note.textContent = text; note.hidden = !text; };
  const go = row => {
    count();
    if (now) { now.classList.remove("now"); now.removeAttribute("aria-current"); }
    now = row;
    if (!row) return;
    row.classList.add("now");
    row.setAttribute("aria-current", "true");
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const shown = () => rows.filter(r => !r.hidden);
  const step = by => {
    const all = shown();
    go(all[Math.min(Math.max(all.indexOf(now) + by, 0), all.length - 1)] || null);
  };
  const waits = r => has(r, "waits") || r.classList.contains("again");
  const onward = from => {
    const all = shown(), at = all.indexOf(from);
    const next = [...all.slice(at + 1), ...all.slice(0, at + 1)].find(waits);
    if (next) return go(next);
    if (at + 1 < all.length) go(all[at + 1]);
    settled(() => say(left > 0 ? "This page is done: press s for what still waits." : "Everything is decided: press s to submit."));
  };
  const progress = () => {
    const done = total - left;
    $("bar").value = done;
    $("progress").textContent = done + " of " + total + " decided";
  };

  // What is decided is sent at once, few requests one after the other; what is
  // decided while one is under way goes together into the next.
  let queue = [], busy = false;
  const send = job => { queue.push(job); for (const r of job.rows) r.classList.add("saving"); pump(); };
  const pump = async () => {
    if (busy || !queue.length) return;
    busy = true;
    const first = queue[0];
    const batch = first.fields.do === "decide" ? queue.filter((j, i) => queue.slice(0, i + 1).every(k => k.fields.do === "decide") && i < 50) : [first];
    const seen = new Set();
    const jobs = batch.filter(j => !j.rows.some(r => seen.has(r)) && (j.rows.forEach(r => seen.add(r)), true));
    const body = new URLSearchParams({ form: form.elements.form.value });
    for (const j of jobs) for (const [k, v] of Object.entries(j.fields)) {
      if (Array.isArray(v)) for (const one of v) body.append(k, one); else body.set(k, v);
    }
    try {
      // A request that outlives the page may not be large.
      const resp = await fetch(location.pathname, { method: "POST", body, headers: { Accept: "application/json" }, credentials: "same-origin", keepalive: String(body).length < 60000 });
      if (resp.status === 503) throw new Error("away");
      const said = await resp.json();
      queue = queue.filter(j => !jobs.includes(j));
      for (const j of jobs) settle(j, resp.ok, said);
      if (resp.ok) { left = said.left; progress(); }
      busy = false;
      if (idle && !queue.length) { const f = idle; idle = null; f(); }
      pump();
    } catch {
      busy = false;
      say("The server cannot be reached: what you decided is sent again in a moment. Keep this page open.");
      setTimeout(pump, 2000);
    }
  };
  let idle = null;
  const settled = f => { if (busy || queue.length) idle = f; else f(); };
  const settle = (job, ok, said) => {
    for (const r of job.rows) {
      r.classList.remove("saving");
      const refused = said.refused || {}; // 0 is about several
      const wrong = ok ? refused[r.dataset.no] || refused[0] : said.error;
      const old = r.querySelector(".refused");
      if (old) old.remove();
      if (!wrong) { if (job.done) job.done(r); continue; }
      const p = document.createElement("p");
      p.className = "refused";
      p.textContent = wrong;
      r.querySelector(".said").after(p);
      r.querySelector(".said").textContent = job.before.get(r).said;
      r.dataset.verdict = job.before.get(r).verdict;
      if (job.before.get(r).waits) r.setAttribute("data-waits", "");
      say("Not kept: " + wrong);
    }
  };
  const state = list => new Map(list.map(r => [r, { said: r.querySelector(".said").textContent, verdict: r.dataset.verdict, waits: has(r, "waits") }]));
  const mark = (r, verdict, text) => {
    r.dataset.verdict = verdict;
    r.removeAttribute("data-waits");
    r.classList.remove("again");
    r.querySelector(".said").textContent = text;
    const box = r.querySelector("input[type=checkbox]");
    if (box) box.checked = false;
  };
  window.addEventListener("beforeunload", e => { if (busy || queue.length) e.preventDefault(); });

  const decide = (row, verdict, text, more = {}) => {
    count();
    const job = { rows: [row], before: state([row]), fields: { do: "decide", ["v-" + row.dataset.no]: verdict, ["s-" + row.dataset.no]: seconds(row) } };
    if (has(row, "second")) job.fields["n-" + row.dataset.no] = row.dataset.second;
    for (const [k, v] of Object.entries(more)) job.fields[k + "-" + row.dataset.no] = v;
    mark(row, verdict, text);
    undo.push([row]);
    send(job);
    onward(row);
  };
  const bulk = (list, verdict, text, why) => {
    count();
    const job = { rows: list, before: state(list), fields: { do: "bulk", "bulk-verdict": verdict, "bulk-why": why, line: list.map(r => r.dataset.no) } };
    for (const r of list) job.fields["s-" + r.dataset.no] = seconds(r);
    for (const r of list) mark(r, verdict, text + " (in bulk)");
    undo.push(list);
    send(job);
    onward(list[list.length - 1]);
  };

  // One question at a time, at the foot of the page.
  const question = (text, o) => {
    asking = o;
    $("question").textContent = text;
    $("roles").hidden = !o.roles;
    $("typed").hidden = !o.first;
    const first = $("first"), second = $("second");
    first.value = second.value = "";
    first.placeholder = o.first || "";
    second.placeholder = o.second || "";
    second.hidden = !o.second;
    ask.hidden = false;
    if (o.first) first.focus();
  };
  const close = () => { asking = null; ask.hidden = true; if (now) now.focus({ preventScroll: true }); };
  const take = () => {
    const a = $("first").value.trim(), b = $("second").value.trim(), o = asking;
    if (!a) return $("first").focus();
    if (o.second && !b) return $("second").focus();
    close();
    o.then(a, b);
  };

  const who = row => row.querySelector(".name").textContent;
  const ticked = () => shown().filter(r => r.querySelector("input[type=checkbox]:checked"));
  const keep = row => {
    const list = ticked();
    if (list.length) {
      const admin = list.find(r => has(r, "privileged"));
      if (admin) { go(admin); return say("Who may administer is never kept in bulk: take the tick away and decide this line by itself."); }
      return question("Keep " + list.length + " lines. Why? One reason for all of them.", { first: "reason", then: why => bulk(list, "keep", "keep", why) });
    }
    if (has(row, "privileged")) return question("Why does " + who(row) + " keep rights to administer?", { first: "reason", then: why => decide(row, "keep", "keep", { why }) });
    decide(row, "keep", "keep");
  };
  const remove = row => {
    const list = ticked();
    if (list.length) return question("Remove " + list.length + " people. Why? One reason for all of them.", { first: "reason", then: why => bulk(list, "remove", "remove", why) });
    decide(row, "remove", "remove");
  };
  const role = row => {
    if (has(row, "invited")) return say("An invite that nobody accepted is kept or removed.");
    if (!$("roles").children.length) return say("The policy file names no roles of this app.");
    question("Which role shall " + who(row) + " have?", { roles: true, then: (key, name) => decide(row, "change_role", "change to " + name, { role: key }) });
  };
  const reassign = row => {
    const list = ticked().length ? ticked() : [row];
    question("Who shall decide about " + (list.length > 1 ? list.length + " lines" : who(row)) + " instead of you?", { first: "work email", second: "why", then: (to, why) => {
      send({ rows: list, before: state(list), fields: { do: "reassign", to, "to-why": why, line: list.map(r => r.dataset.no) },
        done: r => { mark(r, "", "given to " + to); r.removeAttribute("data-may"); } });
      onward(list[list.length - 1]);
    } });
  };
  const yes = row => decide(row, "confirm", "confirmed");
  const no = row => question("Why do you send this back?", { first: "reason", then: why => decide(row, "send_back", "sent back", { why }) });

  const undone = () => {
    const list = undo.pop();
    if (!list) return say("Nothing to undo on this page.");
    for (const r of list) {
      r.classList.add("again");
      const box = r.querySelector("input[type=checkbox]");
      if (box && list.length > 1) box.checked = true;
    }
    go(list[0]);
    say("Decide again: what you say now replaces it.");
  };
  const submit = () => settled(() => {
    const again = rows.find(r => r.classList.contains("again"));
    if (again) { go(again); return say("You took this back: decide it again first."); }
    if (left > 0 && rows.some(r => has(r, "waits"))) {
      for (const r of rows) r.hidden = false;
      go(rows.find(r => has(r, "waits")));
      return say(left + " lines still wait for you.");
    }
    location.assign(left > 0 ? "?only=open" : "?view=submit");
  });
  const all = () => {
    const list = shown().filter(r => has(r, "bulk") && has(r, "waits"));
    const on = list.some(r => !r.querySelector("input").checked);
    for (const r of list) r.querySelector("input").checked = on;
    say(on ? list.length + " ordinary lines are ticked: k keeps them, r removes them." : "");
  };
  const tick = row => { const box = row.querySelector("input[type=checkbox]"); if (box) box.checked = !box.checked; step(1); };

  const acts = { k: keep, r: remove, c: role, x: reassign, y: yes, n: no };
  const moves = { j: () => step(1), ArrowDown: () => step(1), ArrowUp: () => step(-1), u: undone, s: submit, a: all,
    "/": () => find.focus(), "?": () => say(document.querySelector(".keys").textContent) };
  const act = (key, row) => {
    if (!row) return say("Choose a line first.");
    if (has(row, "second") !== (key === "y" || key === "n")) return say(has(row, "second") ? "Here you confirm: y yes, n send back." : "y and n are for lines that you confirm.");
    if (!has(row, "may")) return say("Nothing is to be decided about this line now.");
    say("");
    acts[key](row);
  };
  const filter = () => {
    const text = find.value.trim().toLowerCase();
    for (const r of rows) r.hidden = text !== "" && !r.textContent.toLowerCase().includes(text);
  };

  document.addEventListener("keydown", e => {
    if (e.ctrlKey || e.altKey || e.metaKey) return;
    if (asking) {
      if (e.key === "Escape") { e.preventDefault(); close(); }
      else if (e.key === "Enter" && asking.first) { e.preventDefault(); take(); }
      else if (asking.roles && /^[1-9]$/.test(e.key)) {
        const li = $("roles").children[Number(e.key) - 1];
        if (li) { e.preventDefault(); li.querySelector("button").click(); }
      }
      return;
    }
    if (e.target === find) {
      if (e.key === "Escape") { find.value = ""; filter(); find.blur(); step(0); }
      else if (e.key === "Enter" && !$("before") && !$("after")) { e.preventDefault(); find.blur(); step(0); }
      return;
    }
    if (e.target.matches("input:not([type=checkbox]), select, textarea") || e.target.matches("button, a") && (e.key === "Enter" || e.key === " ")) return;
    if (e.key === " ") { e.preventDefault(); if (now) tick(now); return; }
    if (Object.hasOwn(acts, e.key)) { e.preventDefault(); act(e.key, now); }
    else if (Object.hasOwn(moves, e.key)) { e.preventDefault(); moves[e.key](); }
  });
  find.addEventListener("input", filter);
  $("roles").addEventListener("click", e => {
    const li = e.target.closest("li");
    if (!li || !asking) return;
    const o = asking;
    close();
    o.then(li.dataset.key, li.querySelector("button").textContent);
  });
  form.addEventListener("submit", e => e.preventDefault());
  form.addEventListener("click", e => {
    const row = e.target.closest("tr[data-no]"), button = e.target.closest("button[data-do]");
    if (!row) return;
    if (row !== now) go(row);
    if (button) act({ keep: "k", remove: "r", role: "c", reassign: "x", yes: "y", no: "n" }[button.dataset.do], row);
  });
  go(rows.find(r => has(r, "waits")) || rows[0] || null);
})();
