// Compares the SHA-256 of a chosen file with the one on the page. The file stays on this machine.
(function () {
  "use strict";
  var box = document.querySelector("[data-expected]");
  if (!box || !window.crypto || !crypto.subtle) { return; }
  box.hidden = false;
  var input = box.querySelector("input"), answer = box.querySelector("[data-answer]");
  input.addEventListener("change", function () {
    var file = input.files[0];
    if (!file) { return; }
    answer.className = "note";
    answer.textContent = "正在比对…";
    file.arrayBuffer().then(function (bytes) { return crypto.subtle.digest("SHA-256", bytes); }).then(function (digest) {
      var hex = Array.from(new Uint8Array(digest)).map(function (b) { return b.toString(16).padStart(2, "0"); }).join("");
      var same = hex === box.dataset.expected;
      answer.className = same ? "note note-good" : "note note-danger";
      answer.textContent = same
        ? "一致：所选文件与本平台签发的文书逐字节相同。"
        : "不一致：所选文件不是本平台签发的原文件，可能被改动、另存或重新扫描。请以本页和平台下载的文书为准。";
    }).catch(function () { answer.className = "note note-warn"; answer.textContent = "没有读到该文件，请重新选择。"; });
  });
})();
