// The counter by keyboard: function keys, the box that a scanner types into, drafts kept at every field, pictures by camera.
// Every page works without this file.
(function () {
  "use strict";
  var all = function (selector, root) { return Array.prototype.slice.call((root || document).querySelectorAll(selector)); };
  var one = function (selector, root) { return (root || document).querySelector(selector); };
  var box = one("[data-box]");
  var inField = function (target) {
    return target.closest && target.closest("input, textarea, select, [contenteditable]") && ["checkbox", "radio", "submit", "button", "file"].indexOf(target.type) < 0;
  };
  var shown = function (element) { return element.offsetParent !== null && !element.hidden; };

  // F2 next visitor, F4 the box, F8 what this page is for, F9 print; digits on the page of the entrance.
  document.addEventListener("keydown", function (event) {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey || one("dialog[open]")) { return; }
    if (event.key === "F4") {
      event.preventDefault();
      if (box) { box.focus(); box.select(); } else { location.assign("/counter/"); }
      return;
    }
    var digit = /^[1-9]$/.test(event.key);
    if (!/^F[289]$/.test(event.key) && (!digit || inField(event.target))) { return; }
    var pressed = all('[data-hot="' + event.key + '"]').filter(shown)[0];
    if (pressed) { event.preventDefault(); pressed.click(); }
  });

  // What a scanner types while no field has the focus belongs in the box.
  if (box) {
    document.addEventListener("keydown", function (event) {
      if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey && !inField(event.target) && !one("dialog[open]")) { box.focus(); }
    });
  }
  var links = all("[data-results] a");
  if (links.length) {
    document.addEventListener("keydown", function (event) {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") { return; }
      if (inField(document.activeElement) && document.activeElement !== box) { return; }
      var at = links.indexOf(document.activeElement) + (event.key === "ArrowDown" ? 1 : -1);
      event.preventDefault();
      if (at < 0) { box.focus(); } else { links[Math.min(at, links.length - 1)].focus(); }
    });
  }
  // A scanner ends with Enter: at the entrance that must not draw a number of its own.
  all("[data-no-enter]").forEach(function (field) {
    field.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" || event.isComposing) { return; }
      event.preventDefault();
      one("[data-hot]", field.form).focus();
    });
  });

  // The same paper for an 80 mm printer.
  all("[data-slip]").forEach(function (button) {
    button.hidden = false;
    button.addEventListener("click", function () {
      document.body.classList.add("slip");
      window.addEventListener("afterprint", function () { document.body.classList.remove("slip"); }, { once: true });
      window.print();
    });
  });

  // How the subject's number is verified decides which fields there are.
  var check = one("[data-begin] [name=phone_check]");
  if (check) {
    var follow = function () { all(".for-sms").forEach(function (part) { part.hidden = check.value !== "sms"; }); };
    check.addEventListener("change", follow);
    follow();
    var send = one("[data-send-code]"), told = one("[data-code-told]");
    send.addEventListener("click", function (event) {
      event.preventDefault();
      var form = send.form, body = new FormData();
      ["csrfmiddlewaretoken", "subject", "phone"].forEach(function (name) { body.set(name, form.elements[name].value); });
      body.set("act", "code");
      send.disabled = true;
      told.textContent = "正在发送…";
      fetch(form.action, { method: "POST", body: body, headers: { "X-Counter": "1" }, credentials: "same-origin" })
        .then(function (answer) { return answer.json(); })
        .then(function (data) {
          told.textContent = data.message;
          if (data.ref) { form.elements.code_ref.value = data.ref; form.elements.code.focus(); }
        })
        .catch(function () { told.textContent = "暂时没有发出。可以再试，或选择未能核实的原因。"; })
        .then(function () { send.disabled = false; });
    });
  }

  // A filing in hand: every change is kept, a picture the moment it is chosen.
  var draft = one("form[data-draft]");
  if (draft && window.fetch) {
    var line = one("[data-saved]"), timer = null, chain = Promise.resolve();
    var tell = function (text, good) {
      line.textContent = text;
      line.parentNode.classList.toggle("is-warn", !good);
    };
    var post = function (body) {
      return fetch(draft.dataset.draft, { method: "POST", body: body, headers: { "X-Counter": "1" }, credentials: "same-origin" })
        .then(function (answer) { return answer.json(); })
        .then(function (data) {
          if (!data.saved_at) { throw new Error("not kept"); }
          tell("已自动保存 " + data.saved_at + "，当天可继续", true);
          return data;
        });
    };
    var bare = function () {
      var body = new FormData(draft);
      all("input[type=file]", draft).forEach(function (input) { body.delete(input.name); });
      return body;
    };
    var failed = function () { tell("暂时没有保存上，内容仍在本页。网络恢复后再改动任一处即保存；如已退出登录，请在新窗口登录", false); };
    var keep = function () { chain = chain.then(function () { return post(bare()); }).catch(failed); };
    var later = function (event) {
      if (event.target.type === "file" || event.target.form !== draft) { return; }
      clearTimeout(timer);
      timer = setTimeout(keep, 800);
    };
    document.addEventListener("input", later);
    document.addEventListener("change", later);
    all("input[data-keep]", draft).forEach(function (input) {
      input.addEventListener("change", function () {
        if (!input.files.length) { return; }
        var body = bare(), slot = input.closest("[data-slot]"), place = one("[data-file]", slot), wrong = one("[data-slot-error]", slot);
        body.set(input.name, input.files[0]);
        place.textContent = "正在上传并检查“" + input.files[0].name + "”…";
        wrong.hidden = true;
        chain = chain.then(function () { return post(body); }).then(function (data) {
          var key = slot.dataset.slot, name = data.files[key];
          place.textContent = name ? "已上传：" + name : "";
          if (data.errors[key]) { wrong.textContent = data.errors[key]; wrong.hidden = false; }
          input.value = "";
        }).catch(function () { place.textContent = ""; failed(); });
      });
    });
    draft.addEventListener("submit", function () { clearTimeout(timer); });
    var every = one("[data-all-seen]");
    if (every) {
      every.hidden = false;
      one("input", every).addEventListener("change", function (event) {
        all("[data-seen]", draft).forEach(function (tick) { tick.checked = event.target.checked; });
        keep();
      });
    }
  }

  // 高拍仪 and cameras are video devices: a picture of them becomes the chosen file.
  var devices = navigator.mediaDevices;
  if (devices && devices.getUserMedia && window.DataTransfer && window.HTMLDialogElement) {
    all("input[data-camera]").forEach(function (input) {
      var button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-quiet btn-small shoot";
      button.textContent = "拍照";
      button.addEventListener("click", function () { shoot(input, button); });
      if (input.closest(".taken-row")) { input.insertAdjacentElement("afterend", button); return; }
      var row = document.createElement("span");
      row.className = "inline-field";
      input.replaceWith(row);
      row.append(input, button);
    });
  }
  function shoot(input, button) {
    devices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 2000 } }, audio: false }).then(function (stream) {
      var dialog = document.createElement("dialog"), video = document.createElement("video");
      var take = document.createElement("button"), cancel = document.createElement("button"), row = document.createElement("p");
      dialog.className = "camera";
      dialog.setAttribute("aria-label", "拍照");
      video.muted = true;
      video.srcObject = stream;
      take.type = cancel.type = "button";
      take.className = "btn btn-primary";
      take.textContent = "拍下（空格）";
      cancel.className = "btn btn-plain";
      cancel.textContent = "取消";
      row.append(take, cancel);
      dialog.append(video, row);
      document.body.append(dialog);
      var end = function () { stream.getTracks().forEach(function (track) { track.stop(); }); dialog.remove(); button.focus(); };
      dialog.addEventListener("close", end);
      cancel.addEventListener("click", function () { dialog.close(); });
      take.addEventListener("click", function () {
        var canvas = document.createElement("canvas");
        canvas.width = video.videoWidth;
        canvas.height = video.videoHeight;
        canvas.getContext("2d").drawImage(video, 0, 0);
        canvas.toBlob(function (blob) {
          var chosen = new DataTransfer(), now = new Date(), two = function (n) { return String(n).padStart(2, "0"); };
          chosen.items.add(new File([blob], "拍照" + two(now.getHours()) + two(now.getMinutes()) + two(now.getSeconds()) + ".jpg", { type: "image/jpeg" }));
          input.files = chosen.files;
          input.dispatchEvent(new Event("change", { bubbles: true }));
          dialog.close();
        }, "image/jpeg", 0.9);
      });
      video.play();
      dialog.showModal();
      take.focus();
    }).catch(function () { button.textContent = "没有可用的摄像头，请选择文件"; button.disabled = true; });
  }
})();
