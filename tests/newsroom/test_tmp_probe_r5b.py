import collections
import pytest
from django.contrib import admin
from django.test import Client
from django.urls import URLPattern, reverse, NoReverseMatch
from accounts.models import User
from accounts.roles import Role
from accounts.notices import tell
from articles import actions_corrections, actions_desk
from articles.models.desk import Article
from articles.models.workflow import SavedFilter
from tests import make
from tests.citizen_reports.reports import report
from tests.images.films import video
from tests.subscriptions.readers import alert
pytestmark = pytest.mark.django_db
def names(ps):
    for p in ps:
        if isinstance(p, URLPattern):
            if p.name: yield p.name, tuple(p.pattern.converters) or tuple(p.pattern.regex.groupindex)
        else: yield from names(p.url_patterns)
def test_probe(signed_in, monkeypatch):
    make.site()
    chief=make.user(Role.CHIEF)
    st=make.draft("Somebody's", actor=chief, tags=["x"])
    from articles import actions
    live=make.draft("Live one", actor=chief); actions.publish(live.pk, actor=chief)
    cor=actions_corrections.add(live.pk, actor=chief, kind="correction", text="wrong")
    com=actions_desk.comment(st.pk, actor=chief, text="hm")
    rep=report(); ed=alert(); pic=make.picture(); vid=video(); au=make.author(); tag=st.tags.get(); other=make.user(Role.REPORTER)
    sf=SavedFilter.objects.create(user=chief,name="n",query="mine=1",is_shared=True)
    rows=collections.defaultdict(dict)
    out=[]
    for role in [None,*Role]:
        person=make.user(role) if role else None
        cl=signed_in(person) if person else Client()
        cl.raise_request_exception=True
        for name,keys in sorted(set(names(admin.site.get_urls()))):
            if name.endswith(("_changelist","_add","_history","_delete")) and "article_correction" not in name: continue
            if name.endswith("_change") and name!="password_change": continue
            if name=="logout": continue
            number=st.pk
            if "correction" in name or "receipt" in name or "withdraw" in name: number=live.pk
            if "picture" in name: number=pic.pk
            if "video" in name: number=vid.pk
            if "merge_author" in name: number=au.pk
            if "merge_tag" in name: number=tag.pk
            if "edition" in name: number=ed.pk
            if "report" in name: number=rep.pk
            if "filter" in name: number=sf.pk
            verb={"articles_article_move":"ready","accounts_user_verb":"sign-out","citizen_reports_report_do":"note","subscriptions_edition_do":"retry","subscriptions_edition_decide":"sent"}.get(name,"x")
            vals=dict(number=number,language="en",section=0,object_id=other.pk,name="20260101T000000000000-00000000.eml" if "mail" in name else "sections",correction=cor.pk,comment=com.pk,what="assign",revision=1,verb=verb,file=1,delivery=1,content_type_id=1,app_label="articles",url="x")
            try: url=reverse("admin:"+name,kwargs={k:vals[k] for k in keys})
            except Exception as e:
                out.append(f"NOREV {name} {keys} {e}"); continue
            for m in ("get","post"):
                try:
                    r=getattr(cl,m)(url)
                    c=str(r.status_code)
                    if r.status_code in(302,303): c+=">"+r.headers["Location"][:14]
                except Exception as e:
                    c="EXC "+type(e).__name__+str(e)[:80]
                rows[(name,m)][str(role)]=c
    with open("/tmp/r5b/walk.txt","w") as f:
        for k,v in rows.items(): print(*k,*[f"{a[:4]}={b}" for a,b in v.items()],file=f)
        print(*out,sep="\n",file=f)
