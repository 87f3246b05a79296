// Conveniences only; every page works without this file. Focuses the error summary, opens details for printing,
// saves a draft while one types, sends uploads as soon as a file is chosen, and shows or hides dependent fields.
(function () {
  "use strict";
  var summary = document.querySelector(".error-summary");
  if (summary) { summary.setAttribute("tabindex", "-1"); summary.focus(); }

  var opened = [];
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details:not([open])").forEach(function (d) { if (!d.classList.contains("no-print")) { d.open = true; opened.push(d); } });
  });
  window.addEventListener("afterprint", function () { opened.forEach(function (d) { d.open = false; }); opened = []; });
  document.querySelectorAll("[data-print]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      // "one": the card in which the button stands, without the others
      var card = button.dataset.print === "one" ? button.closest("article") : null;
      if (card) { card.classList.add("print-me"); document.body.classList.add("print-one"); }
      window.print();
      if (card) { card.classList.remove("print-me"); document.body.classList.remove("print-one"); }
    });
  });

  document.querySelectorAll("input[type=file][data-send]").forEach(function (input) {
    input.addEventListener("change", function () {
      var busy = input.form.querySelector(".busy"), most = Number(input.dataset.max || 0), file = input.files[0];
      if (!file) { return; }
      if (most && file.size > most) {
        busy.textContent = "文件“" + file.name + "”超过20MB。请用手机重新拍照，或另存为PDF后上传；其他文件已保存。";
        input.value = "";
        return;
      }
      if (input.dataset.send === "later") { busy.textContent = "已选择“" + file.name + "”"; return; }
      busy.textContent = "正在上传并检查“" + file.name + "”…";
      input.form.querySelectorAll("button").forEach(function (b) { b.hidden = true; });
      input.form.submit();
    });
  });

  // One press, one submission: a doubled click sends the same form token anyway, but need not wait twice.
  document.querySelectorAll("form[data-once]").forEach(function (form) {
    form.addEventListener("submit", function (event) {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "1";
      var line = form.querySelector(".sending");
      if (line) { line.textContent = "正在提交，请稍候…"; }
    });
  });

  var draft = document.querySelector("form[data-autosave]");
  if (draft && window.fetch) {
    var timer = null, running = false, again = false, line = document.querySelector("[data-saved]");
    var save = function () {
      if (running) { again = true; return; }
      running = true;
      var body = new FormData(draft);
      body.set("then", "stay");
      fetch(draft.action || location.href, { method: "POST", body: body, headers: { "X-Autosave": "1" }, credentials: "same-origin" })
        .then(function (answer) { return answer.json().then(function (data) { return { ok: answer.ok, data: data }; }); })
        .then(function (result) {
          if (result.ok) { draft.querySelector("[name=version]").value = result.data.version; }
          if (line) { line.textContent = result.ok ? "已自动保存 " + result.data.saved_at : result.data.message; }
        })
        .catch(function () { if (line) { line.textContent = "暂时没有保存上，内容仍在本页，请点击“存为草稿”"; } })
        .then(function () { running = false; if (again) { again = false; save(); } });
    };
    var later = function (event) { if (event.target.form === draft) { clearTimeout(timer); timer = setTimeout(save, 1200); } };
    document.addEventListener("input", later);
    document.addEventListener("change", later);
    draft.addEventListener("submit", function () { clearTimeout(timer); });
  }
})();
