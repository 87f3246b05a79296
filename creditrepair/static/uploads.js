// Materials: several photos at once, shrunk before they go, with progress and another try; and the desktop page that
// sees what a telephone sends. Without this file the same forms work by their buttons.
(function () {
  "use strict";
  var AGAIN = "请用手机重新拍照，或另存为PDF后上传；其他文件已保存。";

  function line(queue, name) {
    var item = document.createElement("li"), words = document.createElement("span"), bar = document.createElement("progress");
    words.className = "words";
    bar.max = 100;
    bar.value = 0;
    bar.setAttribute("aria-label", name);
    item.appendChild(words);
    item.appendChild(bar);
    queue.appendChild(item);
    return {
      item: item,
      bar: bar,
      say: function (text) { words.textContent = text; }
    };
  }

  function refused(shown, text) {
    shown.item.className = "refused";
    shown.bar.remove();
    shown.say(text);
  }

  function reason(form, file) {
    var most = Number(form.dataset.max), dot = file.name.lastIndexOf("."), suffix = file.name.slice(dot).toLowerCase();
    if (file.size > most) { return "超过" + Math.floor(most / 1048576) + "MB"; }
    if (dot < 0 || form.dataset.accept.split(",").indexOf(suffix) < 0) { return "不是可接受的格式（PDF、JPG、PNG、HEIC）"; }
    return "";
  }

  // Telephones take photos of 12 megapixels and more; 2000 pixels show every line of a receipt. What the browser cannot
  // decode (HEIC mostly) goes as it is: the server converts it.
  function shrunk(file, side) {
    if (!/^image\/(jpeg|png)$/.test(file.type) || !window.createImageBitmap || !HTMLCanvasElement.prototype.toBlob) {
      return Promise.resolve(file);
    }
    return createImageBitmap(file, { imageOrientation: "from-image" }).then(function (picture) {
      var scale = side / Math.max(picture.width, picture.height), canvas = document.createElement("canvas");
      if (scale >= 1) { return file; }
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done) {
        canvas.toBlob(function (blob) {
          var name = file.name.replace(/\.[^.]*$/, "") + ".jpg";
          done(blob && blob.size < file.size ? new File([blob], name, { type: "image/jpeg" }) : file);
        }, "image/jpeg", 0.86);
      });
    }).catch(function () { return file; });
  }

  function send(form, file, shown) {
    return new Promise(function (done) {
      var body = new FormData(form), request = new XMLHttpRequest();
      body.set("file", file, file.name);
      request.open("POST", form.action);
      request.setRequestHeader("X-Upload", "1");
      request.upload.addEventListener("progress", function (event) {
        if (!event.lengthComputable) { return; }
        shown.bar.value = Math.round(event.loaded / event.total * 100);
        if (event.loaded === event.total) { shown.say("“" + file.name + "”正在安全检查…"); shown.bar.removeAttribute("value"); }
      });
      request.addEventListener("load", function () {
        var data = null;
        try { data = JSON.parse(request.responseText); } catch (problem) { data = null; }
        done({ status: request.status, data: data });
      });
      request.addEventListener("error", function () { done({ status: 0, data: null }); });
      request.addEventListener("timeout", function () { done({ status: 0, data: null }); });
      request.timeout = 180000;
      shown.say("正在上传“" + file.name + "”");
      request.send(body);
    });
  }

  function show(form, html) {
    var state = form.closest("[data-slot]").querySelector("[data-slot-state]");
    state.innerHTML = html;
  }

  function retry(form, file, shown, text) {
    var button = document.createElement("button");
    refused(shown, text);
    button.type = "button";
    button.className = "btn btn-quiet btn-small";
    button.textContent = "重试";
    button.addEventListener("click", function () { shown.item.remove(); queue(form, [file]); });
    shown.item.appendChild(button);
  }

  function one(form, file) {
    var shown = line(form.querySelector("[data-queue]"), file.name), why = reason(form, file);
    var shrinks = /^image\/(jpeg|png)$/.test(file.type);
    shown.say("准备“" + file.name + "”");
    if (why && !(shrinks && file.size > Number(form.dataset.max))) {
      refused(shown, "文件“" + file.name + "”" + why + "。" + AGAIN);
      return Promise.resolve();
    }
    return shrunk(file, Number(form.dataset.shrink)).then(function (small) {
      why = reason(form, small);
      if (why) { refused(shown, "文件“" + file.name + "”" + why + "。" + AGAIN); return null; }
      return send(form, small, shown).then(function (answer) {
        if (answer.data && answer.data.html) { show(form, answer.data.html); }
        if (answer.status === 200 && answer.data) { shown.item.remove(); return; }
        if (answer.status === 422 && answer.data) { refused(shown, answer.data.fault); return; }
        if (answer.status === 0 || answer.status >= 500) { retry(form, file, shown, "“" + file.name + "”没有传完，已传的文件都在。"); return; }
        if (answer.status === 429) { retry(form, file, shown, "上传过于频繁，请稍后重试。"); return; }
        refused(shown, "页面已失效或登录已过期，请刷新后继续；已传的文件都在。");
      });
    });
  }

  function queue(form, files) {
    var before = form.working || Promise.resolve();
    form.working = files.reduce(function (chain, file) { return chain.then(function () { return one(form, file); }); }, before);
  }

  document.querySelectorAll("form[data-upload]").forEach(function (form) {
    var input = form.querySelector("input[type=file]"), pick = form.querySelector("[data-pick]");
    form.classList.add("has-script");
    pick.hidden = false;
    pick.addEventListener("click", function () { input.click(); });
    input.addEventListener("change", function () {
      var files = Array.prototype.slice.call(input.files);
      form.querySelectorAll(".refused").forEach(function (old) { old.remove(); });
      input.value = "";
      queue(form, files);
    });
  });

  var arrived = document.querySelector("[data-arrived]");
  if (arrived && window.fetch) {
    document.querySelector("[data-waiting]").hidden = false;
    document.querySelector("[data-refresh]").hidden = true;
    var look = function () {
      fetch(arrived.dataset.arrived, { credentials: "same-origin" })
        .then(function (answer) { if (!answer.ok) { throw new Error(String(answer.status)); } return answer.json(); })
        .then(function (data) {
          if (arrived.dataset.last !== data.html) { arrived.innerHTML = data.html; arrived.dataset.last = data.html; }
          if (!data.open) { location.href = arrived.dataset.then; return; }
          setTimeout(look, 3000);
        })
        .catch(function () { setTimeout(look, 10000); });
    };
    setTimeout(look, 2000);
  }
})();
