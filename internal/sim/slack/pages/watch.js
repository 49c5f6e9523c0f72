(function () {
  var shown = document.body.dataset.version;
  function busy() {
    var e = document.activeElement;
    var line = document.querySelector('input[name=line]');
    return document.querySelector('.dialog') || (line && line.value) || document.querySelector('details.confirm[open]') ||
      (e && (e.tagName === 'SELECT' || e.tagName === 'TEXTAREA'));
  }
  setInterval(function () {
    if (busy()) { return; }
    fetch('/version').then(function (r) { return r.text(); }).then(function (now) {
      if (now !== shown && !busy()) { location.reload(); }
    }).catch(function () {});
  }, 1500);
  var list = document.querySelector('.messages');
  if (list && !location.hash) { list.scrollTop = list.scrollHeight; }
})();
