"""HEIC files, as phones write them. No encoder of the project writes them, so these were made by libheif and x265."""

import base64
import zlib

import pytest

from tests.unit.imaging.pictures import converted, is_near, shown


def unpacked(text: str) -> bytes:
    return zlib.decompress(base64.b85decode(text))


# 64 × 32 pixels, red on the left and blue on the right, to be turned to the right by its own property `irot`.
TURNED = unpacked(
    "c-muNV30{GsVvAy%}izhg51nBLl8SRGck>Ufw4U|wIq=N0u(b+a*CjAhJwuG5(YG&l$nzcHpIn&fe{FSfN?d127)XgR?f`KO9S&j"
    "qM|@fDif5KQI>27V)7MamgK^eFtTSB6cqs3&oT>=^MQ03P?<9$Ge~FxSdrWZhChFQ{9s_<XHEd>kZ@q+Vf_Ceq<|Tuf*FM5b}>05"
    "0wuMa7#Y!I7AQ2bPJ8ua+0Gpt83qbKA!ZQ4pqK<y&gQ~+u=qeH&=TR~{G6h^<eUniC@%wB15ijLv$!A?>N5u@)=17tEP%2>{!@U`"
    "Ai(th|NjRd8i)l7GAlAcg3KHo96*XQvnam==pF{i%z|84XafU~t&xeDwWSTnDauVr1O<1R2IG3+h93eCm;e9ctMUI=>3ROkXF5Co"
    "|GFIH{v*Wt|FzD;pS)Z*uc@q^_n-Zdtk)8+?Z+nVll^SA@&DXMw~sPO-c#1=Of5QM|K{nDWBXR#v3{3aRl6!M_rLk9g*%QtTz)5~"
    "%6h)g4gmNZh9U"
)
# Two of them, not turned: the primary picture is as above, the other one is mirrored.
SEVERAL = unpacked(
    "c-muNV30{GsVvAy%}izhg51nBLl8SRGck>UfpJZ4YDppk1Sn>t<P<^K3<a6VB@Af5Br_);Y>0~k0}}%yh{bpTLIXh-Pz(r|tl%Ob"
    "gDo;M^U}aPkgO<>lL}S_RFhGbY{-Bj$b=B&E66O#Wq_(=WX&unDgd(YW)>vp1L-oLGG|6+kkACMBDoI?fBydX!N9=JoB-4z;lRkl"
    "`2Rmh0W(MiGYHA;Vsc0XN@_VVGNQ>WP-tYG_Ug&9ojW)(3>1Ju%pih6F$t)g&4uw`@qtdDCBn)1IYoKNITb)rUIw-XppZyraX~87"
    "yADvSk(`rQ0A+)MLIFyHefa<X{|C^(5Gcs3$OH*8b8v8g)MXar!r}rLysV8(%&aX8Oi-GE;c{+DA}CJMG#J+lH~bKIxcvVgUyc92"
    "O3(9OKGWIx|JUUp_a7nF|F3l({^aGlc}->Qy#MTvWWAPnZ9g_?pX_I|jsNF9x_y*M@}9C@XKK+A`!`RI9NV|@j`h3bs@he7x&O^)"
    "E!=VJ;qp5<Ro3%`b^vXP1>5vhz0v;vhZBMEe^{*c-(T<Jwf)+x`Tq|sT=Z{?Z`lLGZQt%^mE|S9xovxA<E)lzQXcz7rC(p3RhYE)"
    "=xz1Fbtm0(+IQ*S{_$&a_m%7{#cAmm_^&CZ3s+o?005=&y<Y"
)
# 8064 × 6048 pixels of grey, as from a phone of 48 megapixels.
LARGE = unpacked(
    "c-rmOF-RLx7y#h^-KF)c+J>5HkwUFq6s1MnoX#qx;udfaK}^nsypT&C$weblj7X`I2!h}i3*Ds6D2mW-PEK~{)<UOFp<Obhwf{?^"
    "psSL<;Q!y_-h2Q3cOUl;mjJ+{sJEzM5$OPiE2D#Y?aELTKuoz2F9fxC5}Qk;>uXTb@!(SQ$V968kTDws9vI?vZ3gIHz|&JHlhNu{"
    "XCL4uV$^rBd1p{B?<(oJ=OtgIN-LcArE*d@FJalJFm-C9T69=~%Aax>;GQ{)cRaL3t2jN?1*Wbr^*G!&>=0gj_CknDR|-(EVCK!%"
    "&+)zwNu#UP(%B<@vg|P4(ljPMr;A}5rFJKkNGF{{4%2OLJCCV=%&181^&aECvw#b~k~yg}re)#Npi?UMtb^DT--==Sup7(nTnHQ3"
    "pXn7Jeg5ZbtBbkZ!hANH^)5u_dLmz0`Ze<YWV;d{Fa2ohooEi`>m6v=XtCa{+`6-KyxV9P+SWGxld}zHO$Zd<5~w)hHjO**jl?y>"
    "6l|bKp$0!usNeGhs`x^H`T_)~wMT%qlnKy|5&_y>AV7z@3D8#*Ux#T5G(+(dw@&dH+@(NIDA2zIsOTdwCkV`C0&|DJJRmR${-}uG"
    "jW>-B0<(v}940Vd-VifLV9v0~CY%4Q8E2DCHrZs8O*YwNlT9|+WRp!c*<_PVHrZs8&8wRCi~j)LGTjs"
)


def test_a_heic_is_turned_once() -> None:
    image = shown(TURNED)
    assert image.size == (32, 64)
    assert is_near(image, (16, 4), (255, 0, 0))
    assert is_near(image, (16, 60), (0, 0, 255))


def test_of_a_heic_with_several_pictures_the_primary_one_is_shown() -> None:
    result, variants = converted(SEVERAL)
    assert "warnings" not in result
    assert variants["64.jpg"].size == (64, 32)
    assert is_near(variants["64.jpg"], (4, 16), (255, 0, 0))


@pytest.mark.parametrize("content", [TURNED[:300], TURNED[:-60] + b"\xff" * 60, TURNED[:40]])
def test_a_damaged_heic_is_refused_or_shown(content: bytes) -> None:
    result, _ = converted(content)
    assert result["status"] in ("ready", "refused")
    assert result["status"] == "ready" or "broken" in result["reason"]


@pytest.mark.proof
def test_a_heic_of_48_megapixels_is_shown() -> None:
    result, variants = converted(LARGE)
    assert result["image"]["width"] == 1600
    assert is_near(variants["1600.jpg"], (800, 600), (120, 130, 140))
