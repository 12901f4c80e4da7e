# Varnish in front: it keeps finished pages by their tags, and the newsroom tells it of every purge.
#
# Varnish writes no file by itself. Where varnishncsa or varnishlog is to write one, leave witnesses out of it, and
# everybody's address:
#   varnishncsa -a -w /var/log/varnish/access.log -q 'not ReqURL ~ "^/+(static/)?report"' -F '%t %s %m %U %b'
#
# Needs Varnish 6.6 or newer with its xkey module (package varnish-modules). In the newsroom's settings:
# SURROGATE_SECONDS=86400 and VARNISH_URLS=http://127.0.0.1:6081. Change the values marked “yours”.

vcl 4.1;

import std;
import xkey;

backend newsroom {
    .host = "127.0.0.1";                              # yours
    .port = "8000";                                   # yours
    .connect_timeout = 2s;
    .first_byte_timeout = 120s;
    .probe = {
        .url = "/robots.txt";
        .interval = 2s;
        .timeout = 5s;
        .window = 3;
        .threshold = 2;
        .initial = 1;
    }
}

# Who may purge: the hosts of the newsroom.
acl newsrooms {
    "127.0.0.1";                                      # yours
    "::1";
}

sub vcl_recv {
    if (req.method == "PURGE") {
        # Varnish adds the client's address to X-Forwarded-For: with two in it, another proxy has handed this on.
        if (client.ip !~ newsrooms || req.http.X-Forwarded-For ~ ",") {
            return (synth(405));
        }
        if (req.http.Surrogate-Key-Purge) {
            set req.http.X-Purged = xkey.purge(req.http.Surrogate-Key-Purge);
        } elsif (req.http.Surrogate-Key-Softpurge) {
            set req.http.X-Purged = xkey.softpurge(req.http.Surrogate-Key-Softpurge);
        } else {
            return (synth(400));
        }
        return (synth(200));
    }

    # What only the newsroom's own proxy may say.
    unset req.http.Forwarded;
    unset req.http.X-Forwarded-Host;

    # Witnesses: nothing that tells of their browser goes on.
    if (req.url ~ "^/+report") {
        unset req.http.Referer;
        unset req.http.User-Agent;
        return (pass);
    }
    if (req.method != "GET" && req.method != "HEAD") {
        return (pass);
    }
    # Never pages; those who sign in or report are nobody's to keep. Films are asked for in parts.
    if (req.url ~ "^/(admin|accounts|subscribe|hooks|health|metrics)(/|\?|$)"
        || req.http.Authorization || req.http.Cookie ~ "(^|;\s*)(__Host-)?sessionid=" || req.http.Range) {
        return (pass);
    }
    unset req.http.Cookie;

    # Parameters of visitors' counters mean nothing to a page (the same as in pagecache/keys.py).
    if (req.url ~ "\?") {
        set req.url = regsuball(req.url, "([?&])(utm_[^=&]*|fbclid|gclid|gclsrc|gbraid|wbraid|dclid|msclkid|mc_cid|mc_eid|igsh|igshid|twclid|ttclid|yclid|ysclid|li_fat_id|_ga|_gl|_hsenc|_hsmi|mkt_tok|oly_anon_id|oly_enc_id|vero_id|wickedid|ref_src|cmpid|s_cid|spm)(=[^&]*)?(?=&|$)", "\1");
        set req.url = regsub(regsuball(regsub(req.url, "\?&+", "?"), "&&+", "&"), "[?&]+$", "");
    }

    # After a soft purge the old page may be served for two seconds, while one is fetched; longer when nobody answers.
    if (std.healthy(req.backend_hint)) {
        set req.grace = 2s;
    }
    return (hash);
}

sub vcl_backend_fetch {
    # One rendering for all: no header of a reader's reaches it but those that choose the page.
    if (!bereq.uncacheable) {
        unset bereq.http.Accept-Language;
        unset bereq.http.User-Agent;
        unset bereq.http.Referer;
    }
}

sub vcl_backend_response {
    if (beresp.http.Surrogate-Key && beresp.status < 500) {
        set beresp.http.xkey = beresp.http.Surrogate-Key;
        set beresp.grace = 24h;
    } elsif (beresp.status >= 500) {
        # An error must not push out a page that is still there.
        if (bereq.is_bgfetch) {
            return (abandon);
        }
        set beresp.ttl = 0s;
        set beresp.uncacheable = true;
    } elsif (bereq.url !~ "^/(static|fonts)/") {
        # No purge would reach it.
        set beresp.ttl = 120s;
        set beresp.uncacheable = true;
    }
}

sub vcl_deliver {
    unset resp.http.xkey;
    unset resp.http.Surrogate-Key;
    # Nobody tells caches further on: they must ask each time.
    if (resp.http.Cache-Control ~ "s-maxage") {
        set resp.http.Cache-Control = "public, max-age=0, must-revalidate";
    }
    if (obj.hits > 0) {
        set resp.http.X-Cache = "PROXY";
    }
}

sub vcl_synth {
    if (req.method == "PURGE") {
        set resp.http.X-Purged = req.http.X-Purged;
    } elsif (resp.status == 503) {
        set resp.http.Retry-After = "5";
        set resp.http.Cache-Control = "no-store";
    }
}

sub vcl_backend_error {
    set beresp.http.Retry-After = "5";
    set beresp.http.Cache-Control = "no-store";
    set beresp.http.Content-Type = "text/plain; charset=utf-8";
    set beresp.body = "The paper is being set up anew. Please load this page again in a few seconds.";
    return (deliver);
}
