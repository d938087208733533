// Turns SIZE words of SIZE pixels (one word a channel) into SIZE words of SIZE channels (one word a pixel).
// Two squares take turns: one fills while the other empties, so that a word can enter in every clock cycle.
module transpose #(
    parameter SIZE = 4,
    parameter WIDTH = 8,
    parameter CBITS = 3
) (
    input  wire                  clk,
    input  wire                  reset,
    input  wire                  in_valid,
    input  wire [SIZE*WIDTH-1:0] in,
    output wire                  out_valid,
    output wire [SIZE*WIDTH-1:0] out
);
    reg filling; // which of the two squares fills
    reg emptying;
    reg [CBITS-1:0] filled, emptied;
    localparam [CBITS-1:0] LAST = SIZE[CBITS-1:0] - 1'b1;
    wire full = in_valid && filled == LAST;
    assign out_valid = emptying;

    always @(posedge clk)
        if (reset) begin
            filling  <= 1'b0;
            emptying <= 1'b0;
            filled   <= {CBITS{1'b0}};
            emptied  <= {CBITS{1'b0}};
        end else begin
            if (in_valid) filled <= full ? {CBITS{1'b0}} : filled + 1'b1;
            if (full) begin
                filling  <= ~filling;
                emptying <= 1'b1;
                emptied  <= {CBITS{1'b0}};
            end else if (emptying) begin
                emptied <= emptied + 1'b1;
                if (emptied == LAST) emptying <= 1'b0;
            end
        end

    genvar channel;
    generate
        for (channel = 0; channel < SIZE; channel = channel + 1) begin : channels
            reg [SIZE*WIDTH-1:0] even, odd; // all pixels of one channel, in either square
            always @(posedge clk)
                if (in_valid && filled == channel[CBITS-1:0]) begin
                    if (filling) odd <= in;
                    else even <= in;
                end
            wire [SIZE*WIDTH-1:0] pixels = filling ? even : odd;
            assign out[channel*WIDTH +: WIDTH] = pixels[emptied*WIDTH +: WIDTH];
        end
    endgenerate
endmodule
