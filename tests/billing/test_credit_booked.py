"""O122, O123: what Stripe's events do to the model calls beyond a plan: once, in any order, back with the money."""

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import ProgrammingError

from billing import credit, payments
from billing.actions import set_plan
from billing.models import Credit, CreditEntry, Package
from billing.webhook import replay
from executor_one.kit.tenancy import account_scope
from tests.billing.conftest import PACKAGE_PAID as PAID
from tests.billing.conftest import Buyer, bought, intend, ledger, left, noted


def spend(buyer, calls):
    """As many calls beyond the plan."""
    with account_scope(buyer.member.account):
        plan = buyer.mine.plan
        assert all(credit.use(plan) for _ in range(calls))


def test_O122_O123_the_same_payment_in_many_events_and_replays_is_booked_once(pro):
    intent = bought(pro)
    assert [each.status for each in pro.stripe.deliver(PAID, times=3, through=pro.told)] == [200] * 3
    again = pro.stripe.emit(PAID, intent)
    assert [each.status for each in pro.stripe.deliver(again["id"], through=pro.told)] == [200]
    for one in noted(type=PAID):
        assert replay(one, actor="staff:1").state == "done"
    assert ledger(pro) == [("bought", 100, 100)]
    assert len(pro.events("credit.bought")) == 1


def test_O122_what_the_event_says_counts_for_nothing(pro):
    """Amount, package, calls and status in the event's body: Stripe is asked for the payment itself."""
    intent = intend(pro)["paymentIntent"]
    lie = {"status": "succeeded", "amount_received": 6000, "metadata": {"package": "calls-2000", "llmCalls": "2000"}}
    event = pro.stripe.emit(PAID, intent, **lie)
    assert [each.status for each in pro.stripe.deliver(event["id"], through=pro.told)] == [200]
    assert ledger(pro) == []
    pro.stripe.world.objects[intent] |= {"status": "processing", "amount_received": 500}  # a bank that takes days
    pro.stripe.deliver(pro.stripe.emit(PAID, intent)["id"], through=pro.told)
    assert ledger(pro) == []
    pro.stripe.world.objects[intent] |= {"status": "requires_payment_method", "amount_received": 0}
    pro.stripe.pay_intent(intent)
    pro.hear()
    assert ledger(pro) == [("bought", 100, 100)]


def test_O122_a_payment_that_is_not_what_was_agreed_books_nothing_and_is_seen(pro):
    intent = intend(pro)["paymentIntent"]
    pro.stripe.world.objects[intent]["amount"] = 1
    pro.stripe.pay_intent(intent)
    assert 500 in pro.hear()
    (failed,) = noted(state="failed")
    assert "brought 1 usd, not 500 usd" in failed.note
    assert ledger(pro) == []
    pro.stripe.refund(intent)  # what staff do about it; then there is nothing to follow any more
    assert set(pro.hear()) == {200}
    assert [each.status for each in pro.stripe.deliver(failed.pk, through=pro.told)] == [200]
    assert ledger(pro) == []


def test_O122_another_account_s_offer_books_nothing(pro, make_member, client_of):
    member = make_member("other@example.com", "pro")
    other = Buyer(member, client_of(member.key), pro.stripe)
    mine, theirs = intend(pro)["paymentIntent"], intend(other)["paymentIntent"]
    pro.stripe.world.objects[mine]["customer"] = pro.stripe.get(theirs)["customer"]
    pro.stripe.pay_intent(mine)
    assert 500 in pro.hear()
    assert (left(pro), left(other)) == (0, 0)


def test_O122_a_stranger_s_payment_is_ignored_with_a_note(pro):
    bought(pro)
    thing = {"object": "payment_intent", "id": "pi_1", "customer": "cus_x", "metadata": {"package": "calls-100"}}
    event = pro.stripe.emit(PAID, thing)
    assert [each.status for each in pro.stripe.deliver(event["id"], through=pro.told)] == [200]
    assert [(one.state, one.note) for one in noted(pk=event["id"])] == [("ignored", "No account has this customer.")]
    assert ledger(pro) == [("bought", 100, 100)]


def test_O122_the_payments_of_a_subscription_book_nothing(buyer):
    subscription = buyer.buy("pro")
    buyer.stripe.renew(subscription)
    buyer.stripe.renew(subscription, paid=False)
    assert set(buyer.hear()) == {200}
    assert [one.state for one in noted(type=PAID)] == ["done", "done"]
    assert (left(buyer), ledger(buyer), buyer.events("credit.payment_failed")) == (0, [], [])


def test_O122_a_price_that_changes_meanwhile_changes_no_sale(pro):
    intent = intend(pro)["paymentIntent"]
    Package.objects.filter(pk="calls-100").update(price_cents=9900, llm_calls=1)
    pro.stripe.pay_intent(intent)
    pro.hear()
    assert ledger(pro) == [("bought", 100, 100)]


def test_O122_what_was_bought_stays_through_a_smaller_plan(pro):
    bought(pro)
    with account_scope(pro.member.account):
        set_plan(pro.member.account, "free", actor="staff:1")
    assert left(pro) == 100


def test_O122_a_refund_takes_all_that_is_unused(pro):
    intent = bought(pro)
    spend(pro, 30)
    pro.stripe.refund(intent)
    assert set(pro.hear()) == {200}
    assert ledger(pro)[0] == ("refunded", -70, 0)
    (told,) = pro.events("credit.refunded")
    assert (told["llmCalls"], told["left"], told["amountCents"]) == (70, 0, 500)
    assert pro.events("charge.refunded")[0]["isWhole"]


def test_O122_parts_that_go_back_take_their_part_once_each(pro):
    intent = bought(pro)
    for cents, taken, rest in ((100, 20, 80), (33, 6, 74), (367, 74, 0)):
        pro.stripe.refund(intent, cents)
        pro.hear()
        assert ledger(pro)[0] == ("refunded", -taken, rest)
        pro.stripe.deliver("charge.refunded", times=2, through=pro.told)
    assert left(pro) == 0
    assert len(ledger(pro)) == 4


def test_O122_a_refund_of_used_calls_takes_none_that_are_bought_later(pro):
    intent = bought(pro)
    spend(pro, 100)
    pro.stripe.refund(intent)
    pro.hear()
    assert ledger(pro)[0] == ("refunded", 0, 0)
    bought(pro)
    pro.stripe.deliver("charge.refunded", through=pro.told)
    event = pro.stripe.emit("charge.refunded", pro.stripe.get(intent)["latest_charge"])
    pro.stripe.deliver(event["id"], through=pro.told)
    assert left(pro) == 100
    assert len([kind for kind, _, _ in ledger(pro) if kind == "refunded"]) == len(pro.events("credit.refunded")) == 1


@pytest.mark.parametrize("order", [None, "reversed", ["charge.refunded", PAID]])
@pytest.mark.parametrize(("cents", "rest"), [(None, 0), (250, 50)])
def test_O122_O123_payment_and_refund_in_any_order_come_to_the_same(pro, order, cents, rest):
    intent = intend(pro)["paymentIntent"]
    pro.stripe.hold()
    pro.stripe.pay_intent(intent)
    pro.stripe.refund(intent, cents)
    assert set(pro.hear(order)) == {200}
    assert left(pro) == rest
    pro.stripe.deliver(PAID, through=pro.told)
    assert left(pro) == rest


def test_O122_who_is_paid_back_is_told_what_went_with_it(pro, mails):
    intent = bought(pro)
    spend(pro, 58)
    mails()
    pro.stripe.refund(intent)
    pro.hear()
    assert mails() == ["A payment was refunded"]
    assert "5.00 USD were paid back. It was paid for model calls, of which 42 were unused" in mails.texts[0]


NEVER_CAME = "It was for model calls that were never added to the account."


def test_O122_what_was_paid_back_before_it_was_booked_is_said_as_it_is(pro, mails):
    mails()
    intent = intend(pro)["paymentIntent"]
    pro.stripe.hold()
    pro.stripe.pay_intent(intent)
    pro.stripe.refund(intent)
    assert set(pro.hear("reversed")) == {200}
    assert mails() == ["A payment was refunded"]
    assert NEVER_CAME in mails.texts[0]
    assert "subscription" not in mails.texts[0]


def test_O122_so_is_a_wrong_payment_that_staff_pay_back(pro, mails):
    intent = intend(pro)["paymentIntent"]
    pro.stripe.world.objects[intent]["amount"] = 1
    pro.stripe.pay_intent(intent)
    assert 500 in pro.hear()
    mails()
    pro.stripe.refund(intent)
    pro.hear()
    assert mails() == ["A payment was refunded"]
    assert "0.01 USD were paid back. " + NEVER_CAME in mails.texts[0]


def test_O122_a_refund_of_calls_that_were_all_used_says_so(pro, mails):
    intent = bought(pro)
    spend(pro, 100)
    mails()
    pro.stripe.refund(intent)
    pro.hear()
    assert mails() == ["A payment was refunded"]
    assert "of which 0 were unused" in mails.texts[0]


def test_O122_a_checkout_of_a_package_says_nothing_of_the_plan(pro):
    """A session that is paid once is no subscription: the plan stays, and no remark is left for staff."""
    with account_scope(pro.member.account):
        payments.buy(pro.member.account.pk, "calls-500")
        assert payments.buy(pro.member.account.pk, "calls-500") == payments.buy(pro.member.account.pk, "calls-500")
    (session,) = pro.stripe.all("checkout.session", status="open")
    pro.stripe.pay(session)
    assert set(pro.hear("reversed")) == {200}
    assert (left(pro), pro.plan, pro.mine.status) == (500, "pro", "none")
    assert (pro.mine.checkout_session, {one.note for one in noted(state="done")}) == ("", {""})
    assert ledger(pro) == [("bought", 500, 500)]


def test_O122_the_plan_s_checkout_and_the_package_s_are_never_open_together(pro):
    with account_scope(pro.member.account):
        payments.buy(pro.member.account.pk, "calls-100")
        payments.buy(pro.member.account.pk, "calls-500")
    assert pro.post("checkout", tier="enterprise").status_code == 200
    assert [one["mode"] for one in pro.stripe.all("checkout.session", status="open")] == ["subscription"]
    assert len(pro.stripe.all("checkout.session", status="expired")) == 2


def test_O122_the_database_itself_keeps_credit_above_zero_and_the_ledger_as_written(pro):
    intent = bought(pro)
    with account_scope(pro.member.account):
        with pytest.raises(IntegrityError, match="credit_llm_calls_check"), transaction.atomic():
            Credit.objects.update(llm_calls=-1)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            CreditEntry.objects.update(amount=1000)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            CreditEntry.objects.all().delete()
        with pytest.raises(IntegrityError, match="a_payment_is_booked_once"), transaction.atomic():
            CreditEntry.objects.create(
                account=pro.member.account, kind="bought", amount=1, balance=1, payment_intent=intent
            )
