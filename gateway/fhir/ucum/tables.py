"""Tables of the UCUM atoms (https://ucum.org/ucum#section-Tables-of-Terminal-Symbols, version 2.2).

Each line defines one atom: its symbol, its value, and the units of this value, which are defined above, with exponents
(`m3`, `s-1`). A further factor begins with `@`. The atoms in METRIC may have prefixes.
"""

_PI = "3.1415926535897932384626433832795028841971693993751058209749445923"

METRIC = f"""
mol 602214076000000000000000
sr 1 rad2
Hz 1 s-1
N 1000 g1 m1 s-2
Pa 1 N1 m-2
J 1 N1 m1
W 1 J1 s-1
A 1 C1 s-1
V 1 J1 C-1
F 1 C1 V-1
Ohm 1 V1 A-1
S 1 Ohm-1
Wb 1 V1 s1
T 1 Wb1 m-2
H 1 Wb1 A-1
lm 1 cd1 sr1
lx 1 lm1 m-2
Bq 1 s-1
Gy 1 J1 g-1 @1/1000
Sv 1 J1 g-1 @1/1000
l 1/1000 m3
L 1/1000 m3
ar 100 m2
t 1000000 g1
bar 100000 Pa1
u 1.66053906660e-24 g1
eV 1.602176634e-19 J1
pc 3.085678e16 m1
[c] 299792458 m1 s-1
[h] 6.62607015e-34 J1 s1
[k] 1.380649e-23 J1 K-1
[eps_0] 8.854187817e-12 F1 m-1
[e] 1.602176634e-19 C1
[m_e] 9.1093837139e-28 g1
[m_p] 1.67262192595e-24 g1
[G] 6.67430e-14 m3 g-1 s-2
[g] 9.80665 m1 s-2
[ly] 9460730472580800 m1
gf 9.80665 g1 m1 s-2
cal 4.184 J1
cal_[15] 4.18580 J1
cal_[20] 4.18190 J1
cal_m 4.19002 J1
cal_IT 4.1868 J1
cal_th 4.184 J1
m[H2O] 9806.65 Pa1
m[Hg] 133322 Pa1
eq 1 mol1
osm 1 mol1
kat 1 mol1 s-1
U 1/60000000 mol1 s-1
g% 10000 g1 m-3
Ky 1 m-1 @100
erg 1/10000000 J1
dyn 1/100000 N1
P 0.1 Pa1 s1
St 1/10000 m2 s-1
Ci 37000000000 Bq1
R 0.000258 C1 g-1 @1/1000
RAD 1/100 Gy1
REM 1/100 Sv1
G 1/10000 T1
Mx 1/100000000 Wb1
Gb 1 A1 @0.7957747154594767
Oe 79.57747154594767 A1 m-1
Lmb 3183.098861837907 cd1 m-2
ph 1/10000 lx1
sb 10000 cd1 m-2
st 1 m3
bit 1
By 8
Bd 1 s-1
mho 1 S1
Bi 10 A1
tex 1/1000 g1 m-1
Gal 1/100 m1 s-2
[mu_0] 4*{_PI} N1 A-2 @1/10000000
"""

PLAIN = f"""
[pi] {_PI}
% 1/100
[ppth] 1/1000
[ppm] 1/1000000
[ppb] 1/1000000000
[pptr] 1/1000000000000
deg {_PI}/180 rad1
gon {_PI}/200 rad1
' {_PI}/10800 rad1
'' {_PI}/648000 rad1
circ 2*{_PI} rad1
sph 4*{_PI} sr1
min 60 s1
h 3600 s1
d 86400 s1
wk 604800 s1
a_t 31556925.216 s1
a_j 31557600 s1
a_g 31556952 s1
a 31557600 s1
mo_s 2551442.976 s1
mo_j 2629800 s1
mo_g 2629746 s1
mo 2629800 s1
AU 149597870691 m1
atm 101325 Pa1
[in_i] 0.0254 m1
[ft_i] 0.3048 m1
[yd_i] 0.9144 m1
[mi_i] 1609.344 m1
[fth_i] 1.8288 m1
[nmi_i] 1852 m1
[kn_i] 1852/3600 m1 s-1
[sin_i] 0.00064516 m2
[sft_i] 0.09290304 m2
[syd_i] 0.83612736 m2
[cin_i] 0.000016387064 m3
[cft_i] 0.028316846592 m3
[cyd_i] 0.764554857984 m3
[mil_i] 0.0000254 m1
[hd_i] 0.1016 m1
[ft_us] 1200/3937 m1
[in_us] 100/3937 m1
[yd_us] 3600/3937 m1
[mi_us] 6336000/3937 m1
[acr_us] 62726400000/15499969 m2
[gal_us] 0.003785411784 m3
[bbl_us] 0.158987294928 m3
[qt_us] 0.000946352946 m3
[pt_us] 0.000473176473 m3
[gil_us] 0.00011829411825 m3
[foz_us] 0.0000295735295625 m3
[fdr_us] 0.0000036966911953125 m3
[min_us] 0.000000061611519921875 m3
[crd_us] 3.624556363776 m3
[bu_us] 0.03523907016688 m3
[cup_us] 0.0002365882365 m3
[tbs_us] 0.00001478676478125 m3
[tsp_us] 0.00000492892159375 m3
[cup_m] 0.00024 m3
[tsp_m] 0.000005 m3
[tbs_m] 0.000015 m3
[foz_m] 0.00003 m3
[gal_br] 0.00454609 m3
[pt_br] 0.00056826125 m3
[qt_br] 0.0011365225 m3
[foz_br] 0.0000284130625 m3
[gr] 0.06479891 g1
[lb_av] 453.59237 g1
[oz_av] 28.349523125 g1
[dr_av] 1.7718451953125 g1
[scwt_av] 45359.237 g1
[lcwt_av] 50802.34544 g1
[ston_av] 907184.74 g1
[lton_av] 1016046.9088 g1
[stone_av] 6350.29318 g1
[pwt_tr] 1.55517384 g1
[oz_tr] 31.1034768 g1
[lb_tr] 373.2417216 g1
[sc_ap] 1.2959782 g1
[dr_ap] 3.8879346 g1
[oz_ap] 31.1034768 g1
[lb_ap] 373.2417216 g1
[oz_m] 28 g1
[car_m] 0.2 g1
[car_Au] 1/24
[lbf_av] 4448.2216152605 g1 m1 s-2
[psi] 6894.757293168361 Pa1
[in_i'H2O] 249.08891 Pa1
[in_i'Hg] 3386.3788 Pa1
[degR] 5/9 K1
[Btu_IT] 1055.05585262 J1
[Btu_th] 1054.350 J1
[Btu] 1054.350 J1
[Cal] 4184 J1
[HP] 745.6998715822702 W1
[smoot] 1.7018 m1
[diop] 1 m-1
[mesh_i] 1/0.0254 m-1
[Ch] 1/3000 m1
[PRU] 133322000 Pa1 s1 m-3
[wood'U] 7999320 Pa1 s1 m-3
[MET] 3.5/60000000000 m3 s-1 g-1
[HPF] 1
[LPF] 100
b 1e-28 m2
[drp] 1/20000000 m3
[S] 1e-13 s1
Ao 1e-10 m1
[den] 1/9 tex1
att 98066.5 Pa1
[Btu_39] 1059.67 J1
[Btu_59] 1054.80 J1
[Btu_60] 1054.68 J1
[Btu_m] 1055.87 J1
[bf_i] 144 [in_i]3
[cr_i] 128 [ft_i]3
[cml_i] {_PI}/4 [mil_i]2
[fth_us] 6 [ft_us]1
[rd_us] 16.5 [ft_us]1
[ch_us] 4 [rd_us]1
[lk_us] 1/100 [ch_us]1
[rch_us] 100 [ft_us]1
[rlk_us] 1/100 [rch_us]1
[fur_us] 40 [rd_us]1
[mil_us] 1/1000 [in_us]1
[srd_us] 1 [rd_us]2
[smi_us] 1 [mi_us]2
[sct] 1 [mi_us]2
[twp] 36 [sct]1
[in_br] 0.02539998 m1
[ft_br] 12 [in_br]1
[yd_br] 3 [ft_br]1
[pc_br] 2.5 [ft_br]1
[fth_br] 6 [ft_br]1
[rd_br] 16.5 [ft_br]1
[ch_br] 4 [rd_br]1
[lk_br] 1/100 [ch_br]1
[mi_br] 5280 [ft_br]1
[nmi_br] 6080 [ft_br]1
[kn_br] 1 [nmi_br]1 h-1
[acr_br] 4840 [yd_br]2
[gal_wi] 1/8 [bu_us]1
[pk_us] 1/4 [bu_us]1
[dqt_us] 1/8 [pk_us]1
[dpt_us] 1/2 [dqt_us]1
[pk_br] 2 [gal_br]1
[bu_br] 4 [pk_br]1
[gil_br] 1/4 [pt_br]1
[fdr_br] 1/8 [foz_br]1
[min_br] 1/60 [fdr_br]1
[lne] 1/12 [in_i]1
[pnt] 1/6 [lne]1
[pca] 12 [pnt]1
[pnt_pr] 0.013837 [in_i]1
[pca_pr] 12 [pnt_pr]1
[pied] 0.3248 m1
[pouce] 1/12 [pied]1
[ligne] 1/12 [pouce]1
[didot] 1/6 [ligne]1
[cicero] 12 [didot]1
"""

# Arbitrary units convert to nothing else: each is a base of its own. The first group takes prefixes. Levels (bel,
# neper) are logarithms: a dB is a tenth of a B, but no level converts to the proportion that it stands for.
ARBITRARY_METRIC = "[iU] [IU] [arb'U] [kat'U] Np B B[SPL] B[V] B[mV] B[uV] B[10.nV] B[W] B[kW]"
ARBITRARY = """
[USP'U] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U] [todd'U] [dye'U] [smgy'U] [bdsk'U] [ka'U] [knk'U] [mclg'U]
[tb'U] [CCID_50] [TCID_50] [EID_50] [PFU] [FFU] [CFU] [BAU] [AU] [Amb'a'1'U] [PNU] [Lf] [D'ag'U] [FEU] [ELU] [EU]
[NTU] [FNU] [IR] [hnsf'U] [hp_X] [hp_C] [hp_M] [hp_Q] [kp_X] [kp_C] [kp_M] [kp_Q] [MDL] [pH]
"""
