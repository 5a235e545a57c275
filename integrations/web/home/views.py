from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from integrations.web import answers, tenancy
from integrations.web.first_run import checklist
from integrations.web.home import demo, shown
from integrations.web.home.forms import EdiForm, OrdersForm, StockForm, TwinForm


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    if not tenancy.has_seat(request):
        return redirect("web:start")
    by = tenancy.actor(request)
    is_hidden = request.COOKIES.get(checklist.COOKIE) == checklist.HIDDEN
    guide = None if is_hidden else checklist.checklist(by)
    template = "home/_live.html" if answers.wants_part(request) else "home/home.html"
    return render(request, template, {"shown": shown.home(by), "guide": guide, "has_demo": demo.is_there(by)})


@require_safe
def panel(request: HttpRequest) -> HttpResponse:
    return render(request, "home/_demo.html", {"demo": demo.panel(tenancy.actor(request))})


@require_POST
def send_orders(request: HttpRequest) -> HttpResponse:
    count, per_s = answers.valid(OrdersForm(request.POST))["how"]
    words = demo.send_orders(by=tenancy.actor(request), count=count, per_s=per_s)
    return answers.done(request, words, "web:home")


@require_POST
def send_stock(request: HttpRequest) -> HttpResponse:
    details = answers.valid(StockForm(request.POST))["details"]
    batch_id = demo.send_stock(by=tenancy.actor(request), details=details)
    return answers.done(request, "The stock file is received.", "web:batch", batch_id)


@require_POST
def send_edi(request: HttpRequest) -> HttpResponse:
    orders = answers.valid(EdiForm(request.POST))["orders"]
    return answers.done(request, demo.send_edi(by=tenancy.actor(request), orders=orders), "web:home")


@require_POST
def switch_twin(request: HttpRequest, key: str) -> HttpResponse:
    behaviour = answers.valid(TwinForm(request.POST))["behaviour"]
    words = demo.switch_twin(by=tenancy.actor(request), key=key, behaviour=behaviour)
    return answers.done(request, words, "web:home")
