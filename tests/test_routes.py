"""Every address against every kind of person, with real objects behind it: who gets in, who is told no, and how."""

from collections.abc import Iterator
from itertools import compress

import pytest
from django.conf import settings as house
from django.db import transaction
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.routes_objects import (
    PEOPLE,
    Scene,
    absent,
    address,
    build_scene,
    door,
    header_faults,
    knock,
    page_faults,
    told,
    undone,
)

LOGIN = "LOGIN"  # sent to sign in
ALL, GONE, JSON = (200,) * 16, (302,) * 16, (401,) * 14
_ = 403

# anon: visitor · zhao, wu: firms A and B · qian 经办, sun 负责人, zhang recorder at 市监局, whose objects these are ·
# zhou 协同复核 at 发改局 · lv 经办, he recorder at 文旅局 · zheng 经办 at 市监局 of the next region · li at the counter ·
# wang supervisor · feng auditor · chen region administrator · key, far: programs with a token of this and the next region
# fmt: off
ROUTES: dict[tuple[str, str], tuple[int | str, ...]] = {
    #                                   anon zhao   wu qian  sun zhou   lv zheng  li   he zhang wang feng chen  key  far
    ("GET", "portal:home"):             ALL,
    ("GET", "portal:about"):            ALL,
    ("GET", "portal:display"):          GONE,
    ("GET", "portal:search"):           ALL,
    ("GET", "portal:calculator"):       ALL,
    ("GET", "portal:reminder"):         ALL,
    ("GET", "portal:remind"):           ALL,
    ("POST", "portal:remind"):          GONE,
    ("GET", "portal:wish"):             ALL,
    ("POST", "portal:wish"):            GONE,
    ("GET", "portal:remind_stop"):      ALL,
    ("POST", "portal:remind_stop"):     GONE,
    ("GET", "portal:remind_stop_code"): ALL,
    ("POST", "portal:remind_stop_code"): ALL,
    ("GET", "portal:faq"):              ALL,
    ("GET", "portal:contact"):          ALL,
    ("POST", "portal:contact"):         GONE,
    ("GET", "portal:inquiry_receipt"):  ALL,
    ("GET", "portal:inquiry_progress"): ALL,
    ("POST", "portal:inquiry_progress"): ALL,
    ("GET", "portal:guides"):           ALL,
    ("GET", "portal:guide"):            ALL,
    ("GET", "portal:flow"):             ALL,
    ("GET", "portal:blank"):            ALL,
    ("GET", "portal:login"):            (200, 302, 302, 302, 302, 302, 302, 302, 302, 302, 302, 302, 302, 302, 200, 200),
    ("POST", "portal:login"):           GONE,
    ("POST", "portal:login wrong"):     (422,) * 16,
    ("POST", "portal:login_phone"):     GONE,
    ("GET", "portal:login_code"):       (LOGIN, 200, *(LOGIN,) * 14),
    ("POST", "portal:login_code"):      (LOGIN, 302, *(LOGIN,) * 14),
    ("GET", "portal:login_with"):       GONE,
    ("GET", "portal:login_back"):       (422, 302, *(422,) * 14),
    ("GET", "portal:register"):         (LOGIN, 200, *(LOGIN,) * 14),
    ("POST", "portal:register"):        (LOGIN, 302, *(LOGIN,) * 14),
    ("POST", "portal:stay"):            (LOGIN, *(200,) * 13, LOGIN, LOGIN),
    ("GET", "portal:account"):          (LOGIN, *(200,) * 13, LOGIN, LOGIN),
    ("POST", "portal:account_password"): (LOGIN, 302, *(422,) * 12, LOGIN, LOGIN),
    ("POST", "portal:account_phone"):   (LOGIN, 302, 422, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:account_everywhere"): (LOGIN, *(302,) * 13, LOGIN, LOGIN),
    ("GET", "portal:firms"):            (LOGIN, 200, 200, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:firm_ask"):         (LOGIN, 200, 200, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:firm_ask"):        (LOGIN, 302, 302, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:firm_grant"):       (LOGIN, 200, 200, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:firm_grant"):      (LOGIN, 302, 302, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:firm_revoke"):      (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:firm_revoke"):     (LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:firm_withdraw"):   (LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:logout"):          GONE,
    ("GET", "portal:switch"):           (LOGIN, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, LOGIN, LOGIN),
    ("POST", "portal:switch"):          (LOGIN, 302, _, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:apply"):            (LOGIN, 200, 200, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:apply"):           (LOGIN, 302, 302, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:wizard"):           (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    # what a signed-out person typed goes along to the sign-in page
    ("POST", "portal:wizard"):          (401, 302, 404, _, _, _, _, _, _, _, _, _, _, _, 401, 401),
    ("GET", "portal:upload"):           (LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:upload"):          (LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:phone_code"):      (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:arrived"):          (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:phone"):            ALL,  # the code on the screen stands in for the sign-in
    ("POST", "portal:phone"):           ALL,
    ("GET", "portal:mine"):             (LOGIN, 200, 200, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:application"):      (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:receipt"):          (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:file"):             (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:paper"):            (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:correct"):          (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:correct"):         (LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:evidence"):        (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:withdraw"):        (LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:objections"):       (LOGIN, 200, 200, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:objection_choose"):  (LOGIN, 200, 200, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:objection_new"):    (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:objection_new"):   (LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:objection"):        (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:objection_withdraw"):(LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:objection_paper"):  (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:beside_file"):      (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:penalty_report"):   (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:penalty_report"):  (LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:penalty_withdrawal"):(LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:restructuring"):    (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:receive"):         (LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:rate"):            (LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:disown"):          (LOGIN, 302, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:inbox"):            (LOGIN, 200, 200, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "portal:inbox_read"):      (LOGIN, 302, 302, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:inbox_paper"):      (LOGIN, 200, 404, _, _, _, _, _, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "portal:progress"):         ALL,
    ("POST", "portal:progress"):        ALL,
    ("GET", "portal:verify"):           ALL,
    ("GET", "portal:record_page"):      ALL,
    #                                   anon zhao   wu qian  sun zhou   lv zheng  li   he zhang wang feng chen  key  far
    ("GET", "counter:home"):            (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "counter:window"):         (LOGIN, _, _, _, _, _, _, _, 302, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "counter:subject"):         (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "counter:subject"):        (LOGIN, _, _, _, _, _, _, _, 302, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "counter:accompany"):       (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "counter:file"):            (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "counter:file"):           (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "counter:correct"):         (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "counter:correct"):        (LOGIN, _, _, _, _, _, _, _, 302, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "counter:receipt"):         (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "counter:reprint"):        (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "counter:paper"):           (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "counter:keep"):           (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "counter:advice"):          (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "counter:advice"):         (LOGIN, _, _, _, _, _, _, _, 302, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "counter:next"):           (LOGIN, _, _, _, _, _, _, _, 302, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "counter:ticket"):          (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "counter:move"):           (LOGIN, _, _, _, _, _, _, _, 302, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "counter:entrance"):        (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "counter:issue"):          (LOGIN, _, _, _, _, _, _, _, 302, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "counter:object"):          (LOGIN, _, _, _, _, _, _, _, 200, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "counter:object"):         (LOGIN, _, _, _, _, _, _, _, 302, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "counter:screen"):          ALL,
    ("GET", "counter:hall"):            (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    #                                   anon zhao wu  qian  sun zhou   lv zheng  li   he zhang wang feng chen  key  far
    ("GET", "desk:index"):              (LOGIN, _, _, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, LOGIN, LOGIN),
    ("GET", "desk:queue"):              (LOGIN, _, _, 200, 200, 200, 200, 200, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:queue mine"):         (LOGIN, _, _, 200, 200, 200, 200, 200, _, _, _, _, _, _, LOGIN, LOGIN),
    ("POST", "desk:next"):              (LOGIN, _, _, 302, 302, 302, 302, 302, _, _, _, _, _, _, LOGIN, LOGIN),
    ("GET", "desk:case"):               (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 404, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:case coordinated"):   (LOGIN, _, _, 404, 404, 200, 200, 404, 200, 404, 404, 200, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:decide"):            (LOGIN, _, _, 302, _, 404, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:decide higher"):     (LOGIN, _, _, _, 302, 404, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:decide coordinated"): (LOGIN, _, _, 404, 404, 302, _, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:claim"):             (LOGIN, _, _, 302, _, 404, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:release"):           (LOGIN, _, _, 302, _, 404, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:case_file"):          (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 404, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:revocation_new"):     (LOGIN, _, _, 200, 200, 404, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:revocation_new"):    (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:revocation"):         (LOGIN, _, _, 200, 200, 404, 404, 404, _, 404, 404, 200, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:revocation"):        (LOGIN, _, _, _, 302, 404, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:revocation_file"):    (LOGIN, _, _, 200, 200, 404, 404, 404, _, 404, 404, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:case_paper"):         (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 404, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:records"):            (LOGIN, _, _, 200, 200, 200, 200, 200, _, 200, 200, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:record"):             (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:severity"):          (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, 302, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:attach"):            (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, 302, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:notice"):            (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, 302, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:serve"):             (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, 302, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:void"):              (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, 302, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:reissue"):           (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, 302, _, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:service_proof"):      (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:notice_batch"):      (LOGIN, _, _, 302, 302, 302, 302, 302, _, 302, 302, _, _, _, LOGIN, LOGIN),
    ("GET", "desk:served"):             (LOGIN, _, _, 200, 200, 200, 200, 200, _, 200, 200, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:papers"):             (LOGIN, _, _, 200, 200, 200, 200, 200, _, 200, 200, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:paper_retry"):       (LOGIN, _, _, 302, 302, 404, 404, 404, 404, 404, 302, _, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:paper_batch"):        (LOGIN, _, _, 200, 200, 404, 404, 404, 404, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:paper_batch_zip"):    (LOGIN, _, _, 200, 200, 404, 404, 404, 404, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:paper_batch_pdf"):    (LOGIN, _, _, 200, 200, 404, 404, 404, 404, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:decision_file"):      (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:record_paper"):       (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:authorities"):        (LOGIN, _, _, _, _, _, _, _, 200, _, _, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:authority"):          (LOGIN, _, _, _, _, _, _, _, 200, _, _, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:authority_file"):     (LOGIN, _, _, _, _, _, _, _, 200, _, _, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:authority_confirm"): (LOGIN, _, _, _, _, _, _, _, 302, _, _, 302, _, _, LOGIN, LOGIN),
    ("POST", "desk:authority_refuse"):  (LOGIN, _, _, _, _, _, _, _, 302, _, _, 302, _, _, LOGIN, LOGIN),
    ("POST", "desk:authority_end"):     (LOGIN, _, _, _, _, _, _, _, 302, _, _, 302, _, _, LOGIN, LOGIN),
    ("GET", "desk:collect"):            (LOGIN, _, _, _, _, _, _, _, _, 200, 200, _, _, _, LOGIN, LOGIN),
    ("POST", "desk:collect"):           (LOGIN, _, _, _, _, _, _, _, _, 302, 422, _, _, _, LOGIN, LOGIN),
    ("GET", "desk:batch"):              (LOGIN, _, _, 404, 404, 404, 404, 404, 404, 200, 404, 200, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:import"):            (LOGIN, _, _, _, _, _, _, _, _, 302, 404, _, _, _, LOGIN, LOGIN),
    ("POST", "desk:batch_map"):         (LOGIN, _, _, _, _, _, _, _, _, 302, 404, _, _, _, LOGIN, LOGIN),
    ("POST", "desk:batch_take_back"):   (LOGIN, _, _, _, _, _, _, _, _, 302, 404, _, _, _, LOGIN, LOGIN),
    ("GET", "desk:batch_errors"):       (LOGIN, _, _, 404, 404, 404, 404, 404, 404, 200, 404, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:deliveries"):         (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:delivery"):           (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:deliveries_retry"):   (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:deliveries_retry"):  (LOGIN, _, _, _, _, _, _, _, _, _, _, 302, _, _, LOGIN, LOGIN),
    ("GET", "desk:lane"):               (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:lane"):              (LOGIN, _, _, _, _, _, _, _, _, _, _, 302, _, _, LOGIN, LOGIN),
    ("GET", "desk:delivery_export"):    (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:delivery_retry"):    (LOGIN, _, _, _, _, _, _, _, _, _, _, 302, _, _, LOGIN, LOGIN),
    ("POST", "desk:delivery_receipt"):  (LOGIN, _, _, _, _, _, _, _, _, _, _, 302, _, _, LOGIN, LOGIN),
    ("GET", "desk:delivery_proof"):     (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:delivery_proof"):    (LOGIN, _, _, _, _, _, _, _, _, _, _, 302, _, _, LOGIN, LOGIN),
    ("GET", "desk:differences"):        (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:difference"):         (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:difference"):        (LOGIN, _, _, _, _, _, _, _, _, _, _, 302, _, _, LOGIN, LOGIN),
    ("GET", "desk:reconcile"):          (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:reconcile"):         (LOGIN, _, _, _, _, _, _, _, _, _, _, 302, _, _, LOGIN, LOGIN),
    ("GET", "desk:inbound"):            (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:extend"):            (LOGIN, _, _, 302, _, 404, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:extension_end"):     (LOGIN, _, _, 302, _, 404, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:source_compared"):   (LOGIN, _, _, 200, _, 404, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:external"):          (LOGIN, _, _, 302, _, 404, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:judge"):              (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:severity_many"):     (LOGIN, _, _, 200, 200, 200, 200, 200, _, 200, 200, _, _, _, LOGIN, LOGIN),
    ("POST", "desk:mirror"):            (LOGIN, _, _, 404, 404, 302, 404, 404, _, 404, 404, _, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:guide_texts"):        (LOGIN, _, _, _, 200, _, _, _, _, 200, 200, _, _, _, LOGIN, LOGIN),
    ("POST", "desk:guide_texts"):       (LOGIN, _, _, _, 302, _, _, _, _, 302, 302, _, _, _, LOGIN, LOGIN),
    ("GET", "desk:rules"):              (LOGIN, _, _, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, LOGIN, LOGIN),
    ("GET", "desk:rule_rows"):          (LOGIN, _, _, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, LOGIN, LOGIN),
    ("GET", "desk:rule_answer"):        (LOGIN, _, _, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, LOGIN, LOGIN),
    ("POST", "desk:rule_answer"):       (LOGIN, _, _, _, _, _, _, _, _, _, _, 302, _, _, LOGIN, LOGIN),
    ("GET", "desk:rule_run"):           (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, 200, _, LOGIN, LOGIN),
    ("POST", "desk:rule_confirm"):      (LOGIN, _, _, _, _, _, _, _, _, _, _, 302, _, _, LOGIN, LOGIN),
    ("GET", "desk:calendar"):           (LOGIN, _, _, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, 200, LOGIN, LOGIN),
    ("POST", "desk:calendar_preview"):  (LOGIN, _, _, _, _, _, _, _, _, _, _, _, _, 200, LOGIN, LOGIN),
    ("POST", "desk:calendar_load"):     (LOGIN, _, _, _, _, _, _, _, _, _, _, _, _, 302, LOGIN, LOGIN),
    ("POST", "desk:calendar_withdraw"): (LOGIN, _, _, _, _, _, _, _, _, _, _, _, _, 302, LOGIN, LOGIN),
    ("GET", "desk:record_new"):         (LOGIN, _, _, _, _, _, _, _, _, 200, 200, _, _, _, LOGIN, LOGIN),
    ("POST", "desk:record_new"):        (LOGIN, _, _, _, _, _, _, _, _, 302, 302, _, _, _, LOGIN, LOGIN),
    ("GET", "desk:bundles"):            (LOGIN, _, _, _, _, _, _, _, _, 200, 200, _, _, _, LOGIN, LOGIN),
    ("POST", "desk:bundles"):           (LOGIN, _, _, _, _, _, _, _, _, 302, 302, _, _, _, LOGIN, LOGIN),
    ("GET", "desk:bundle"):             (LOGIN, _, _, 404, 404, 404, 404, 404, 404, 200, 404, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:quality"):            (LOGIN, _, _, _, _, _, _, _, _, 200, 200, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:quality_late"):       (LOGIN, _, _, _, _, _, _, _, _, 200, 200, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:quality_declare"):    (LOGIN, _, _, _, _, _, _, _, _, 200, 200, _, _, _, LOGIN, LOGIN),
    ("POST", "desk:quality_declare"):   (LOGIN, _, _, _, _, _, _, _, _, 302, 302, _, _, _, LOGIN, LOGIN),
    ("GET", "desk:bulletin"):           (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:bulletin_draft"):     (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:bulletin_draft"):    (LOGIN, _, _, _, _, _, _, _, _, _, _, 302, _, _, LOGIN, LOGIN),
    ("GET", "desk:bulletin_paper"):     (LOGIN, _, _, 200, 200, 200, 200, 404, _, 200, 200, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:tasks"):              (LOGIN, _, _, 200, 200, 200, 200, 200, 200, 200, 200, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:task"):               (LOGIN, _, _, 200, 200, 404, 404, 404, 404, 404, 200, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:task_take"):         (LOGIN, _, _, 302, 302, 404, 404, 404, 404, 404, 302, _, _, _, LOGIN, LOGIN),
    ("POST", "desk:task_close"):        (LOGIN, _, _, 302, 302, 404, 404, 404, 404, 404, 302, _, _, _, LOGIN, LOGIN),
    ("POST", "desk:task_hand_over"):    (LOGIN, _, _, 302, 302, 404, 404, 404, 404, 404, 302, _, _, _, LOGIN, LOGIN),
    ("GET", "desk:inquiry"):            (LOGIN, _, _, 404, 404, 200, 404, 404, 404, 404, 404, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:inquiry"):           (LOGIN, _, _, 404, 404, 302, 404, 404, 404, 404, 404, 302, _, _, LOGIN, LOGIN),
    ("POST", "desk:inquiry_phone"):     (LOGIN, _, _, 404, 404, 200, 404, 404, 404, 404, 404, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:objections"):         (LOGIN, _, _, 200, 200, 200, 200, 200, 200, 200, 200, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:objection"):          (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:objection"):         (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, _, _, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:objection_paper"):    (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:withdrawal"):         (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:withdrawal"):        (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, _, _, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:withdrawal_new"):     (LOGIN, _, _, 200, 200, 404, 404, 404, _, 404, 200, _, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:withdrawal_new"):    (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, 302, _, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:restructuring"):      (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:restructuring"):     (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, _, _, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:restructuring_new"):  (LOGIN, _, _, 200, 200, 404, 404, 404, _, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("POST", "desk:restructuring_new"): (LOGIN, _, _, 302, 302, 404, 404, 404, _, 404, 302, 302, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:beside_file"):        (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 200, 200, 404, 404, LOGIN, LOGIN),
    ("GET", "desk:reminders"):          (LOGIN, _, _, 200, 200, 200, 200, 200, 200, 200, 200, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:reminder"):           (LOGIN, _, _, 200, 200, 404, 404, 404, 200, 404, 200, 200, _, _, LOGIN, LOGIN),
    ("POST", "desk:reminder_contact"):  (LOGIN, _, _, 302, 302, 404, 404, 404, 302, 404, 302, _, _, _, LOGIN, LOGIN),
    ("GET", "desk:ratings"):            (LOGIN, _, _, 200, 200, 200, 200, 200, _, 200, 200, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:reminder_runs"):      (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:watch"):              (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:watch_list"):         (LOGIN, _, _, _, _, _, _, _, _, _, _, 200, _, _, LOGIN, LOGIN),
    ("GET", "desk:events"):             (LOGIN, _, _, _, _, _, _, _, _, _, _, _, 200, _, LOGIN, LOGIN),
    #                                   anon … chen    key  far
    ("GET", "api:docs"):                ALL,
    ("GET", "api:schema"):              ALL,
    ("GET", "api:progress"):            ALL,
    ("POST", "api:eligibility"):        ALL,
    ("POST", "api:records"):            (*JSON, 201, 201),
    ("GET", "api:batch"):               (*JSON, 200, 404),
    ("GET", "api:case"):                (*JSON, 200, 404),
    ("GET", "api:case_events"):         (*JSON, 200, 404),
    ("POST", "sms_status"):             (401,) * 16,
    ("GET", "alive"):                   ALL,
    ("GET", "health"):                  ALL,
}
# fmt: on
BY_NAME = sorted(ROUTES)


def label(row: tuple[str, str]) -> str:
    return " ".join(row)


@pytest.fixture(scope="module")
def scene(
    django_db_setup: None, django_db_blocker: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("scene")
    storages = {**house.STORAGES, "default": {**house.STORAGES["default"], "OPTIONS": {"location": folder / "files"}}}
    caches = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": str(folder)}}
    own = override_settings(
        STATE_DIR=folder,
        STORAGES=storages,
        CACHES=caches,
        CELERY_BROKER_URL="memory://",
        SIGNIN_PROVIDERS=["tests.signin.sample_provider.Sample"],
    )
    with django_db_blocker.unblock(), own, transaction.atomic():
        made = build_scene()
        made.storages = storages
        yield made
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def _files_of_the_scene(_apart: None, settings: object, scene: Scene) -> None:
    """`_apart` gives each test files of its own; these were stored once, before the first test."""
    settings.STORAGES = scene.storages


def routes() -> Iterator[str]:
    """Every name of the resolver, with its namespace."""

    def walk(resolver: URLResolver, prefix: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            if isinstance(entry, URLResolver):
                yield from walk(entry, f"{prefix}{entry.namespace}:" if entry.namespace else prefix)
            else:
                assert isinstance(entry, URLPattern)
                assert entry.name, f"an address without a name: {entry.pattern}"
                yield prefix + entry.name

    return walk(get_resolver(), "")


def name_of(row: tuple[str, str]) -> str:
    return row[1].split(" ")[0]


def test_every_address_has_a_row_and_every_row_an_address():
    known = list(routes())
    assert len(known) == len(set(known))
    assert {name_of(row) for row in ROUTES} == set(known)


@pytest.mark.parametrize("row", BY_NAME, ids=label)
def test_every_row_lets_somebody_in_and_knows_all_people(row):
    assert len(ROUTES[row]) == len(PEOPLE)
    if row not in {("POST", "portal:login wrong"), ("POST", "sms_status")}:  # the gateway signs (tests/test_sms.py)
        assert {200, 201, 302} & set(ROUTES[row])


def answer_of(response) -> int | str:
    if response.status_code == 302 and response["Location"].startswith(reverse("portal:login")):
        return LOGIN
    return response.status_code


@pytest.mark.parametrize("row", BY_NAME, ids=label)
@pytest.mark.fault("T12")
def test_the_address_answers_each_person_as_the_table_says(scene, row):
    """And whoever is refused leaves nothing behind; every answer, refusals too, carries the headers."""
    wrong = []
    for who, expected in zip(PEOPLE, ROUTES[row], strict=True):
        with undone():
            door(row).before(scene)
            before = scene.events()
            response = knock(scene, row, who)
            found = answer_of(response)
            if found != expected:
                wrong.append(f"{who}: {found}, not {expected}")
            if (found == LOGIN or found >= 400) and scene.events() != before:
                wrong.append(f"{who}: an act was recorded although refused")
            wrong += [f"{who}: {fault}" for fault in header_faults(response, response.request["PATH_INFO"])]
    assert wrong == []


OBJECTS = [row for row in BY_NAME if 404 in ROUTES[row]]


@pytest.mark.parametrize("row", OBJECTS, ids=label)
@pytest.mark.fault("T13")
def test_foreign_and_absent_are_one_answer(scene, row):
    """Nothing tells a reference of somebody else from one that never was: same status, same bytes."""
    args = door(row).args(scene)
    nothing = absent(args)
    for who in compress(PEOPLE, (answer == 404 for answer in ROUTES[row])):
        with undone():
            foreign = knock(scene, row, who)
        with undone():
            none = knock(scene, row, who, args=nothing)
        assert (foreign.status_code, none.status_code) == (404, 404), who
        assert told(foreign, args) == told(none, nothing), who
        assert sorted(foreign.headers) == sorted(none.headers)


@pytest.mark.parametrize("row", [row for row in BY_NAME if row[0] == "GET"], ids=label)
def test_every_page_can_be_read_aloud_and_runs_under_the_strict_policy(scene, row):
    """Language, one heading of the first level, a title; no script, style or handler inside the page."""
    wrong = []
    for who, expected in zip(PEOPLE, ROUTES[row], strict=True):
        if expected == LOGIN:
            continue
        with undone():
            response = knock(scene, row, who)
        if response.get("Content-Type", "").startswith("text/html") and response.status_code != 302:
            wrong += [f"{who} ({response.status_code}): {fault}" for fault in page_faults(response.content.decode())]
    assert wrong == []


@pytest.mark.parametrize("name", sorted(set(routes())))
def test_an_address_takes_only_the_methods_of_its_rows(scene, name):
    rows = [row for row in BY_NAME if name_of(row) == name]
    taken = {row[0] for row in rows}
    for row in [row for row in rows if {200, 201, 302} & set(ROUTES[row])]:
        who = next(who for who, answer in zip(PEOPLE, ROUTES[row], strict=True) if answer in (200, 201, 302))
        url = address(row, door(row).args(scene))
        for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - taken:
            with undone():
                before = scene.events()
                response = getattr(scene.client(who), method.lower())(url)
                assert response.status_code == 405, f"{method} {url} as {who}"
                assert scene.events() == before
