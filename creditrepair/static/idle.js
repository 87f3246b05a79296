// Two minutes before an idle session ends, a bar says so and one press goes on. Tabs of one browser tell each other:
// work in one of them is work in all. Without this file the server ends the session all the same.
(function () {
  "use strict";
  var bar = document.getElementById("idle");
  if (!bar || !window.fetch) { return; }
  var idle = Number(bar.dataset.idle) * 1000, warning = Number(bar.dataset.warning) * 1000, words = bar.querySelector("[data-words]");
  var KEY = "seen-at", mine = Date.now(), said = "";
  function seen() {
    var other = 0;
    try { other = Number(localStorage.getItem(KEY)) || 0; } catch (problem) { other = 0; }
    return Math.max(mine, other);
  }
  function mark() {
    mine = Date.now();
    try { localStorage.setItem(KEY, String(mine)); } catch (problem) { /* private windows: this tab counts alone */ }
  }
  function say(text) {
    if (text === said) { return; }
    said = text;
    words.textContent = text;
  }
  function look() {
    var left = seen() + idle - Date.now();
    if (left > warning) { bar.hidden = true; said = ""; return; }
    bar.hidden = false;
    if (left <= 0) {
      say("登录已过期。最近一次自动保存以前的内容都在草稿中，重新登录后回到本页。");
      bar.querySelector("button").textContent = "重新登录";
      return;
    }
    // in whole minutes: a reader that speaks each second would speak of nothing else
    say("您有一段时间没有操作，" + Math.ceil(left / 60000) + "分钟内将自动退出登录。");
  }
  bar.addEventListener("submit", function (event) {
    event.preventDefault();
    fetch(bar.action, { method: "POST", body: new FormData(bar), credentials: "same-origin", redirect: "manual" })
      .then(function (answer) {
        if (answer.status === 200) { mark(); look(); } else { location.reload(); }
      })
      .catch(function () { say("网络不通，请稍后再按一次。"); });
  });
  mark();
  setInterval(look, 5000);
})();
