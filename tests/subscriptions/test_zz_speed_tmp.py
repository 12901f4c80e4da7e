import subprocess, sys, time, smtplib, cProfile, pstats
import pytest
from subscriptions import sending, ledger
from tests import make
from tests.subscriptions.readers import alert
from tests.subscriptions.test_kills import readers
from threading import Event
pytestmark=pytest.mark.django_db(transaction=True)
def test_speed(settings, capsys):
    p=subprocess.Popen([sys.executable,"/tmp/letters/sinkproc.py"],stdout=subprocess.PIPE); port=int(p.stdout.readline())
    try:
        settings.MAIL_TO_FILES=False; settings.EMAIL_HOST="127.0.0.1"; settings.EMAIL_PORT=port; settings.EMAIL_HOST_USER=settings.EMAIL_HOST_PASSWORD=""
        make.site(); readers(2000); e=alert("x", body="<p>"+"word "*400+"</p>")
        letter=b"Subject: x\r\n\r\n"+(b"a"*70+b"\r\n")*150
        def bare():
            t=time.perf_counter(); s=smtplib.SMTP("127.0.0.1",port)
            for i in range(2000): s.sendmail("a@x.example",[f"r{i}@x.example"],letter)
            s.quit(); return time.perf_counter()-t
        b=bare()
        ledger.prepare("w")
        pr=cProfile.Profile(); 
        t=time.perf_counter(); n=sending.turn("w",Event()); d=time.perf_counter()-t
        b2=bare()
        with capsys.disabled(): print("bare",b,b2,"ours",d,n,"ratio",min(b,b2)/d)
    finally:
        p.kill(); p.wait(); p.stdout.close()
