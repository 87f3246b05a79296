// Conveniences only; every page works without this file. Focuses the error summary, opens details for printing,
// sends uploads as soon as a file is chosen. Drafts save themselves in draft.js, materials go up in uploads.js.
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
        busy.textContent = "文件“" + file.name + "”超过" + Math.floor(most / 1048576) + "MB。请用手机重新拍照，或另存为PDF后上传；其他文件已保存。";
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
})();
