// Saves a draft while one types. What another page changed meanwhile appears in its field; what both changed is left
// alone here and asked at the next step. Nothing is kept in the browser's storage: the form itself is the memory.
(function () {
  "use strict";
  var draft = document.querySelector("form[data-autosave]"), line = document.querySelector("[data-saved]");
  if (!draft || !window.fetch) { return; }
  var timer = null, running = false, again = false, unsaved = false;

  function controls(name) {
    return Array.prototype.filter.call(document.querySelectorAll("input, select, textarea"), function (one) {
      return one.form === draft && one.name === name;
    });
  }

  function state() {
    var held = {};
    Array.prototype.forEach.call(draft.elements, function (one) {
      held[one.name + "|" + (one.type === "checkbox" ? one.value : "")] = one.type === "checkbox" ? one.checked : one.value;
    });
    return held;
  }

  // Only into controls that were not touched since the form was sent.
  function take(list, sent) {
    var shown = false;
    list.forEach(function (one) {
      controls(one.name).forEach(function (control) {
        var box = control.type === "checkbox", key = one.name + "|" + (box ? control.value : "");
        if (box ? control.value !== one.value || control.checked !== sent[key] : control.value !== sent[key]) { return; }
        if (box) { control.checked = one.checked; } else { control.value = one.text; }
        shown = true;
      });
    });
    return shown;
  }

  function say(text, good) {
    if (!line) { return; }
    line.textContent = text;
    line.parentNode.classList.toggle("is-warn", !good);
  }

  function settle(status, data, sent) {
    if (status !== 200) { say(data.message || "暂时没有保存上，内容仍在本页，请点击“存为草稿”", false); return; }
    controls("version")[0].value = data.version;
    controls("base")[0].value = data.base;
    var shown = take(data.taken || [], sent);
    unsaved = false;
    say("已自动保存 " + data.saved_at + (shown ? "（已并入另一页面的修改）" : ""), true);
  }

  function post(keepalive) {
    var body = new FormData(draft);
    body.set("then", "stay");
    return fetch(draft.action, { method: "POST", body: body, headers: { "X-Autosave": "1" }, credentials: "same-origin", keepalive: keepalive });
  }

  function save() {
    if (running) { again = true; return; }
    running = true;
    var sent = state();
    post(false)
      .then(function (answer) {
        return answer.json().then(function (data) { settle(answer.status, data, sent); });
      })
      .catch(function () { say("暂时没有保存上，内容仍在本页，请点击“存为草稿”", false); })
      .then(function () { running = false; if (again) { again = false; save(); } });
  }

  function later(event) {
    if (event.target.form !== draft) { return; }
    unsaved = true;
    clearTimeout(timer);
    timer = setTimeout(save, 1200);
  }

  document.addEventListener("input", later);
  document.addEventListener("change", later);
  draft.addEventListener("submit", function () { clearTimeout(timer); unsaved = false; });
  window.addEventListener("pagehide", function () { if (unsaved) { post(true).catch(function () {}); } });
})();
